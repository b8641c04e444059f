import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'

/**
 * Settings of a session by their names: `{ 'app.current_agent_id': 'genesis' }`. An object becomes JSON, as PostgREST and
 * Supabase have it: `{ 'request.jwt.claims': { sub: '7', role: 'authenticated' } }`.
 */
export type Claims = Readonly<Record<string, string | number | boolean | object>>

/** Names and values of settings as `set_config` takes them. */
export type Settings = readonly (readonly [name: string, value: string])[]

function write(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  throw new BacklotError('BACKLOT_USAGE', `the claim ${name} cannot be ${display(value)}`, {
    hint: "write text, a number, a boolean or an object; '' for a setting that is empty",
  })
}

/**
 * Reads what stands under `claims`.
 *
 * @throws BacklotError `BACKLOT_USAGE`
 */
export function readClaims(claims: unknown): Settings {
  if (claims === undefined) return []
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new BacklotError('BACKLOT_USAGE', `claims are settings with their values, not ${display(claims)}`, {
      hint: "for example { claims: { 'app.user_id': 7 } }",
    })
  }
  return Object.entries(claims).map(([name, value]) => [name, write(name, value)])
}
