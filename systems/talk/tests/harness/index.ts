export { createEnv, type Env, type EnvOptions } from './create-env.ts'
export { codeFor } from './fake-oauth.ts'
