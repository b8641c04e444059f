import { expect, test } from 'vitest'
import type { OAuthClient } from '../../src/oauth/client.ts'

/** A client and the person on the other side of it. */
export interface OAuthSubject {
  readonly client: OAuthClient
  /** A handle that the provider knows, and whom it stands for. */
  readonly person: { readonly id: string; readonly handle: string }
  /** Agrees to the login as `person`; resolves to the query of the callback. */
  approve(url: URL): Promise<URLSearchParams>
  /** Refuses it. */
  deny(url: URL): Promise<URLSearchParams>
}

/** What any {@link OAuthClient} has to hold to: the fakes and the real ones run the same cases. */
export function defineOAuthContract(subject: () => OAuthSubject): void {
  test('it says who agreed', async () => {
    const { client, person, approve } = subject()
    const { url, state } = await client.start(person.handle)
    expect(state.state.length).toBeGreaterThanOrEqual(16)
    expect(state.pkceVerifier.length).toBeGreaterThanOrEqual(43)
    const profile = await client.finish(state, await approve(url))
    expect(profile).toMatchObject({
      provider: client.provider,
      providerUserId: person.id,
      handle: person.handle,
    })
  })

  test('two logins have nothing in common', async () => {
    const { client, person } = subject()
    const [one, two] = [await client.start(person.handle), await client.start(person.handle)]
    expect(one.state.state).not.toBe(two.state.state)
    expect(one.state.pkceVerifier).not.toBe(two.state.pkceVerifier)
  })

  test('it goes on in another process: the state is all that it takes', async () => {
    const { client, person, approve } = subject()
    const { url, state } = await client.start(person.handle)
    const thawed: typeof state = JSON.parse(JSON.stringify(state))
    expect(await client.finish(thawed, await approve(url))).toMatchObject({ providerUserId: person.id })
  })

  test('it fails when the person refuses', async () => {
    const { client, person, deny } = subject()
    const { url, state } = await client.start(person.handle)
    await expect(client.finish(state, await deny(url))).rejects.toMatchObject({ code: 'oauth-failed' })
  })

  test('it fails with a code that is not the provider’s', async () => {
    const { client, person, approve } = subject()
    const { url, state } = await client.start(person.handle)
    const callback = await approve(url)
    callback.set('code', 'invalid')
    await expect(client.finish(state, callback)).rejects.toMatchObject({ code: 'oauth-failed' })
  })

  test('it fails with the answer to another login', async () => {
    const { client, person, approve } = subject()
    const [one, two] = [await client.start(person.handle), await client.start(person.handle)]
    await expect(client.finish(one.state, await approve(two.url))).rejects.toMatchObject({ code: 'oauth-failed' })
  })
}
