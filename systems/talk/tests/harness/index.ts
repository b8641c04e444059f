export { createEnv, type Env, type EnvOptions } from './create-env.ts'
export { codeFor, invalidCode, mockUsers } from './fake-oauth.ts'
