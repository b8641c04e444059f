import type { Json } from './json.ts'
import type { Isolation, LeaseClient } from './lease.ts'
import type { Probe } from './probe.ts'
import type { Progress } from './progress.ts'

/** What a service is told about the project that names it. Environment and paths are read by the engine and passed down. */
export interface ServiceContext {
  /** The service's name in the config: `db`. */
  readonly name: string
  /** Folder of the config file; relative paths in options start here. */
  readonly projectRoot: string
  /** The environment of the process that loaded the config. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Isolation asked for by the project, file or test; a service uses what it knows of it. */
  readonly isolation: Isolation
  readonly progress: Progress
}

/** What the supervisor needs to know of a service, made by the process that loaded the config. */
export interface ServicePlan {
  /** Two plans of one kind with equal `instance` share one running server. */
  readonly instance: Json
  /** Key of the baseline: a hash of all that goes into it. Two plans with equal keys share a template. */
  readonly baseline: string
  /** Further options for leases of this plan (limits, isolation, roles). */
  readonly lease: Json
}

/** A handle on a lease, as tests and the app function see it, with what the engine needs to manage it. */
export interface OpenService<Handle> {
  readonly handle: Handle
  /** What the person who runs the tests should know about this lease, one line each: an isolation that is not the one asked for. */
  readonly notices?: readonly string[]
  /** A mark is put on the lease: for what lives in the test process, such as a session with an open transaction. After `Lease.push`. */
  push?(): Promise<void>
  /** The innermost mark is returned to. Before `Lease.pop`. */
  pop?(): Promise<void>
  /** The lease has moved to other coordinates (a fresh clone): connections of the handle must follow. */
  moved(info: Json): Promise<void>
  /** One line each for a failed assertion elsewhere: what this service did since the innermost mark. */
  summary(): Promise<readonly string[]>
  close(): Promise<void>
}

/** A command that a service adds to the CLI: `backlot psql`. */
export interface ServiceCommand {
  readonly name: string
  readonly summary: string
  readonly options?: readonly { readonly flags: string; readonly summary: string }[]
  /** The option with which it opens what the last failed test left: `--failed`. Default: it opens no such thing. */
  readonly opensFailed?: string
  /** Runs in the CLI process with a lease-independent view of the running instance; resolves to the exit code. */
  run(context: ServiceCommandContext): Promise<number>
}

/** What a command that a service brings for the CLI is given. It answers with an exit code. */
export interface ServiceCommandContext {
  readonly service: ServiceContext
  /** `status` of the running instance, as its host reports it. */
  readonly status: InstanceStatus
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  /** Arguments after `--`. */
  readonly args: readonly string[]
  readonly print: (line: string) => void
  /** For prompts: what the person types, and where it is echoed. */
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  /** Asks the instance's host: see `Instance.ask`. */
  readonly ask: (question: string, args: Json) => Promise<Json>
}

/**
 * A real dependency named in the config. A service room's factory (`postgres()`) makes one; the engine drives it through
 * this interface alone.
 *
 * @typeParam Handle what tests and the app function see of it
 * @typeParam ValueMatchers matchers that it brings for values which are no probes
 */
export interface Service<Handle = unknown, ValueMatchers extends object = object> {
  /** Stable name of the room: `postgres`. */
  readonly kind: string
  /** Names of services whose baseline must stand before this one's is built. Default: none. */
  readonly dependsOn?: readonly string[]
  /** URL of the module that the supervisor imports; it exports `host: ServiceHost`. */
  readonly host: string
  /**
   * Fails at once with a `BacklotError` on options that cannot work: unknown keys, folders that do not exist, a missing driver.
   */
  check(context: ServiceContext): Promise<void>
  plan(context: ServiceContext): Promise<ServicePlan>
  /** Fills a new baseline (migrations, seed). `target` is what the host's `baseline` handed out. */
  build(target: Json, context: ServiceContext): Promise<void>
  open(lease: LeaseClient, context: ServiceContext): Promise<OpenService<Handle>>
  /** Lines for `backlot up` to print as environment variables: `{ DATABASE_URL: ... }`. */
  environment(info: Json, context: ServiceContext): Readonly<Record<string, string>>
  readonly commands?: readonly ServiceCommand[]
  /**
   * Makes a probe of a value that is none, so that tests can assert on what no handle gave them: the promise of a query, as in
   * `expect(query).toViolate('unique')`. Says nothing about the value before a matcher is called, and gives each value the same ones.
   */
  probeOf?(value: unknown): Probe<ValueMatchers>
}

/** One link of a provider chain, as `backlot doctor` shows it. */
export interface ProviderReport {
  /** Name of the link: `BACKLOT_DB_URL`, `cache`, `npm registry`, `container`. */
  readonly link: string
  readonly serves: boolean
  /** What it serves, or what is missing, in one line. */
  readonly finding: string
  /** How to get what is missing. */
  readonly hint?: string
}

/** A running instance as `backlot status` shows it. */
export interface InstanceStatus {
  readonly kind: string
  /** For a person: `PostgreSQL 18.4`. */
  readonly product: string
  /** Which link of the chain provided it. */
  readonly provider: string
  /** Where it listens, without secrets. */
  readonly address: string
  readonly pid?: number
  /** Absolute path of the server's log. */
  readonly log?: string
  readonly leases: number
  /** Further service-specific facts. */
  readonly facts?: Readonly<Record<string, Json>>
}
