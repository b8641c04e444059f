/** A text without the credentials that addresses in it carry: `https://user:token@host/` and the like. */
export function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/\s@]*@/g, '//')
}
