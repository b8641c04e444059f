import type {
  Before,
  InstanceStatus,
  Json,
  Leak,
  LeaseCommit,
  ProgressEvent,
  RewindReport,
  ServicePlan,
} from '../../contracts/index.ts'

/** A service as the supervisor needs to know it. */
export interface ServiceSpec {
  readonly name: string
  readonly kind: string
  /** URL of the module with `host: ServiceHost`. */
  readonly host: string
  readonly plan: ServicePlan
}

/** What a supervisor says of itself to a new client. */
export interface Greeting {
  readonly pid: number
  /** Differs when the supervisor runs other code than the client: it is replaced. */
  readonly fingerprint: string
  /** It takes no more work: wait for its end, then start another. */
  readonly stopping: boolean
}

/** What a client says of itself. */
export interface ClientKind {
  /** `runner` keeps the supervisor up for a whole run, `worker` owns leases, `cli` asks. */
  readonly purpose: 'runner' | 'worker' | 'cli'
  readonly pid: number
}

/** Whether a baseline is there. With `build` the client builds it on `target`, then calls `built` with the ticket. */
export type Preparation =
  | { readonly state: 'ready' }
  | { readonly state: 'build'; readonly ticket: string; readonly target: Json }

/** A lease as its owner knows it: an id for further calls, and what handles need to open. */
export interface LeaseGrant {
  readonly lease: string
  readonly info: Json
}

/** What `backlot status` shows. */
export interface SupervisorStatus {
  readonly pid: number
  /** ISO 8601. */
  readonly startedAt: string
  readonly stopsWhenIdleAfterMs: number
  /** Processes that are connected. */
  readonly clients: number
  readonly services: readonly { readonly service: string; readonly status: InstanceStatus }[]
}

/** What clients may call on the supervisor. */
export interface SupervisorFunctions {
  hello(client: ClientKind): Greeting
  /** Instance up, baseline there or to be built by the caller. Progress comes by `ClientFunctions.progress`. */
  prepare(spec: ServiceSpec): Promise<Preparation>
  /** Ends what `prepare` answered with `build`. */
  built(ticket: string, ok: boolean): Promise<void>
  acquire(spec: ServiceSpec): Promise<LeaseGrant>
  release(leases: readonly string[]): Promise<void>
  push(leases: readonly string[], label: string, before: Before): Promise<readonly (readonly Leak[])[]>
  pop(leases: readonly string[]): Promise<readonly RewindReport[]>
  inFlight(leases: readonly string[]): Promise<readonly (readonly string[])[]>
  ask(lease: string, question: string, args: Json): Promise<Json>
  askInstance(service: string, question: string, args: Json): Promise<Json>
  statusOf(service: string): Promise<InstanceStatus>
  status(): Promise<SupervisorStatus>
  /** Keeps everything warm after the caller has gone, also where a run would end it (`CI=true`). */
  stay(): Promise<void>
  stop(): Promise<void>
}

/** What the supervisor may call on a client. */
export interface ClientFunctions {
  commit(lease: string, commit: LeaseCommit): void
  /** Sessions of this lease are about to be ended; resolves when an in-process app can bear it. */
  sessionsEnding(lease: string): Promise<void>
  progress(event: ProgressEvent): void
}

/** Numbered, so that a client never talks to a supervisor of another protocol. */
export const protocolVersion = 1
