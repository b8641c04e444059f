import type { Isolation } from '../contracts/index.ts'

/** `ServicePlan.instance` of a Postgres service: two services with equal ones share a server. */
export type InstanceOptions = {
  /** Major version asked for; ignored with `url`. */
  readonly version: 16 | 17 | 18
  /** A server that the user gave: a guest's house. */
  readonly url?: string
  /** Where `url` comes from, as messages name it: `BACKLOT_DB_URL`, `TEST_DATABASE_URL`, `option url`. There where `url` is. */
  readonly urlFrom?: string
  /** True: data on a real disk with fsync on. */
  readonly durable: boolean
  /** Extensions that the plain binaries lack and that are laid over them, sorted. Left out where there are none. */
  readonly extensions?: readonly string[]
}

/** `ServicePlan.lease` of a Postgres service. */
export type LeaseOptions = {
  readonly isolation: Isolation
  /** Role that the app connects as. `app`: rights on the data alone. `owner`: the role that ran the migrations. */
  readonly connectAs: 'app' | 'owner'
  /** Created by Backlot in every baseline before the migrations run. */
  readonly extensions: readonly string[]
  /** Roles without login that migrations may grant to, besides those of Backlot. Left out where there are none. */
  readonly roles?: readonly string[]
  /** Past these, a test's changes are not kept for an undo: its lease is replaced. */
  readonly limits: { readonly rows: number; readonly bytes: number }
}

/** How to reach one database in one role. */
export type Connection = {
  /** Directory of a Unix socket, or a loopback (or the user's) host name. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** `target` of `Service.build`. */
export type BaselineTarget = {
  readonly owner: Connection
  /** `postgresql://` URL of the owner over TCP, for commands and functions of the user. */
  readonly url: string
}

/** `Lease.info()` of a Postgres lease. */
export type LeaseInfo = {
  /** `postgresql://` URL for the app, in the role of `connectAs`, over TCP. */
  readonly url: string
  /** The same for the role that owns the schema. */
  readonly ownerUrl: string
  readonly owner: Connection
  /** The role that has rights on the data alone, whatever `connectAs` says. */
  readonly app: Connection
  /** Backlot's own role for probes: sees every row, hidden from leak checks. */
  readonly observer: Connection
  readonly database: string
  /** The isolation in force, and why it is not the one asked for. */
  readonly isolation: Isolation
  readonly reason?: string
}

/** Prefix of every database, role, slot and origin that Backlot makes. */
export const prefix = 'backlot_'

/**
 * `application_name` of every connection of Backlot's own starts with this; leak checks and probes leave them out. The
 * sessions of `db.sql` and `db.session` are the test's, and are called so.
 */
export const ownApplicationName = 'backlot:'

/** A change of one row, as the feed shows it; values are the text that Postgres printed. */
export type RowChange = {
  /** Qualified and quoted as in SQL: `public.users`; a partition's root where there is one. */
  readonly table: string
  readonly kind: 'insert' | 'update' | 'delete' | 'truncate'
  readonly before?: Readonly<Record<string, string | null>>
  readonly after?: Readonly<Record<string, string | null>>
}

/** What a lease answers to `changes`: what its innermost mark's test changed. */
export type LeaseChanges = {
  /** The first of them, in order. */
  readonly listed: readonly RowChange[]
  /** By table, how many came after those and were not kept. */
  readonly omitted: Readonly<Record<string, number>>
}

/** The answer where nothing changed, or nobody listens to what does. */
export const noChanges: LeaseChanges = { listed: [], omitted: {} }
