import { TalkError } from './errors.ts'

/** The longest handle or provider id, in characters. */
export const maximumLength = 255

/** A person's name at a provider: 1 to 255 characters. */
export type Handle = string & { readonly brand: 'Handle' }

/** A decentralised identifier: `did:method:id`, at most 255 characters. */
export type Did = string & { readonly brand: 'Did' }

/** Where people prove who they are. */
export type Provider = 'bluesky' | 'twitter'

/** Every {@link Provider}. */
const providers: readonly Provider[] = ['bluesky', 'twitter']

/** A person at a provider, as the provider names them: the id never changes, the handle may. */
export interface Identity {
  readonly provider: Provider
  /** A DID for Bluesky, a number for Twitter. */
  readonly providerUserId: string
}

/**
 * Checks a handle. A leading `@` and space around it are taken off.
 *
 * @throws TalkError `invalid-value` when it is empty or longer than 255 characters
 */
export function parseHandle(value: string): Handle {
  const handle = value.trim().replace(/^@/, '')
  if (handle.length < 1 || handle.length > maximumLength) {
    throw new TalkError(
      'invalid-value',
      `A handle has 1 to ${maximumLength} characters; this one has ${handle.length}.`,
    )
  }
  return handle as Handle
}

/**
 * Checks a DID.
 *
 * @throws TalkError `invalid-value` unless it reads `did:method:id` and has at most 255 characters
 * @see https://www.w3.org/TR/did-core/#did-syntax
 */
export function parseDid(value: string): Did {
  if (value.length > maximumLength || !/^did:[a-z0-9]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]$/.test(value)) {
    throw new TalkError('invalid-value', `A DID reads did:method:id and has at most ${maximumLength} characters.`)
  }
  return value as Did
}

/**
 * Checks the name of a provider.
 *
 * @throws TalkError `provider-unavailable` for one that talk does not know
 */
export function parseProvider(value: string): Provider {
  const provider = providers.find((known) => known === value)
  if (!provider) {
    throw new TalkError(
      'provider-unavailable',
      `There is no provider of this name. There are: ${providers.join(', ')}.`,
    )
  }
  return provider
}

/**
 * Checks a person's id at a provider by the provider's own rule.
 *
 * @throws TalkError `invalid-value`
 */
export function parseIdentity(provider: Provider, providerUserId: string): Identity {
  if (provider === 'bluesky') return { provider, providerUserId: parseDid(providerUserId) }
  if (!/^[0-9]{1,20}$/.test(providerUserId)) {
    throw new TalkError('invalid-value', 'A Twitter id is a number of at most 20 digits.')
  }
  return { provider, providerUserId }
}
