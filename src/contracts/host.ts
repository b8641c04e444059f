import type { Json } from './json.ts'
import type { Before, Leak, LeaseCommit, RewindReport } from './lease.ts'
import type { Progress } from './progress.ts'
import type { InstanceStatus, ProviderReport } from './service.ts'

/** What the supervisor (or `backlot install` and `doctor`) gives to the server side of a service. */
export interface HostContext {
  /** The service's name in the config; upper case in `BACKLOT_DB_URL`. */
  readonly name: string
  readonly projectRoot: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directories: {
    /** Binaries, shared by all projects of the user; survives. */
    readonly cache: string
    /** Short path on a real file system, for sockets (0700 sub-folders are made per instance); gone with the supervisor. */
    readonly run: string
    /** Data of throw-away servers, on tmpfs where there is one; gone with the supervisor. */
    readonly data: string
    readonly logs: string
  }
  readonly progress: Progress
  /** Records a process group and folders with the reaper, so that they end and go when the supervisor does, however it ends. Returns the undo. */
  readonly adopt: (belongings: Belongings) => () => void
}

/** What would stay behind if its owner were killed: the reaper ends and removes it, processes first. */
export interface Belongings {
  /** Process group leaders to end. */
  readonly pids?: readonly number[]
  /** Absolute paths to remove recursively afterwards. */
  readonly paths?: readonly string[]
  /** System V shared memory segments (ids) that stay behind when their server is killed; removed once nothing is attached. */
  readonly segments?: readonly number[]
}

/** The server side of a service: the module that `Service.host` names exports one as `host`. It runs in the supervisor. */
export interface ServiceHost {
  /** Obtains a server by its provider chain and starts it. `instance` is `ServicePlan.instance`. */
  start(context: HostContext, instance: Json): Promise<Instance>
  /** Makes ready ahead what `start` would fetch. Resolves to one line that says what is there now. */
  install(context: HostContext, instance: Json): Promise<string>
  doctor(context: HostContext, instance: Json): Promise<readonly ProviderReport[]>
}

/** The answer to a request for a baseline. */
export type BaselineRequest =
  | { readonly state: 'ready' }
  /** The caller builds it at `target`, then ends with `keep` (it becomes the template) or `discard`. */
  | { readonly state: 'build'; readonly target: Json; keep(): Promise<void>; discard(): Promise<void> }

/** A running server. */
export interface Instance {
  status(): Promise<InstanceStatus>
  /** Rejects or resolves when the server has ended by itself: the last lines of its log in the error's details. */
  readonly died: Promise<Error>
  /** Never called twice at the same time with one key. */
  baseline(key: string, lease: Json): Promise<BaselineRequest>
  /** A new lease on a baseline that is ready. `lease` is `ServicePlan.lease`. */
  lease(baselineKey: string, lease: Json): Promise<Lease>
  /** Service-specific questions of the CLI (`kept` databases, ...). */
  ask(question: string, args: Json): Promise<Json>
  stop(): Promise<void>
}

/** What a worker owns on an instance, seen from the supervisor. Marks are a stack; calls come one at a time. */
export interface Lease {
  /** Coordinates and credentials for the test process; changes when the lease is replaced. */
  info(): Json
  /** Puts a mark on the stack. Every commit acknowledged before the call belongs before the mark. */
  push(label: string, before: Before): Promise<readonly Leak[]>
  /** Returns to the innermost mark and takes it off the stack. */
  pop(): Promise<RewindReport>
  /** Number of marks on the stack. */
  depth(): number
  inFlight(): Promise<readonly string[]>
  /** A service-specific question: `changes` (what the innermost mark's test changed), `keep` (clone as it is now), ... */
  ask(question: string, args: Json): Promise<Json>
  onCommit(listener: (commit: LeaseCommit) => void): () => void
  /** Pids of server sessions whose end must not crash an in-process app are announced here before they are ended. */
  onSessionsEnding(listener: () => Promise<void>): () => void
  /** Back to the baseline for the next worker: ends foreign sessions, empties the stack. False: not possible, end it. */
  recycle(): Promise<boolean>
  end(): Promise<void>
}
