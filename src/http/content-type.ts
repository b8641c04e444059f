/** Whether a content type is JSON: `application/json`, `application/problem+json`. */
export function isJson(contentType: string | null): boolean {
  return contentType !== null && /^[^;]*[/+]json\s*(;|$)/i.test(contentType)
}
