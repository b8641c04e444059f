import type { Persistence, Repositories } from '../../src/domain/repositories.ts'

/** A write of a login, as `repository.method`. */
export type Step = 'users.create' | 'identities.create' | 'invites.accept' | 'sessions.create'

/** The same persistence, but in transactions everything fails right after this write has been made. */
export function failAfter(persistence: Persistence, step: Step): Persistence {
  return {
    ...persistence,
    transaction: (work) => persistence.transaction((repositories) => work(sabotage(repositories, step))),
  }
}

function sabotage(repositories: Repositories, step: Step): Repositories {
  const [name, method] = step.split('.') as [keyof Repositories, string]
  const repository = new Proxy<object>(repositories[name], {
    get: (target, key) => {
      const original: unknown = Reflect.get(target, key)
      if (key !== method || typeof original !== 'function') return original
      return async (...args: unknown[]) => {
        await Reflect.apply(original, target, args)
        throw new Error(`the power went after ${step}`)
      }
    },
  })
  return { ...repositories, [name]: repository }
}
