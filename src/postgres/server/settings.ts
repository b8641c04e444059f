/** What the settings of a server depend on. */
export interface SettingsOptions {
  readonly major: number
  readonly durable: boolean
  /** Lets the kernel copy database files (copy_file_range), sharing blocks where the file system can. Default: false. */
  readonly cloneFiles?: boolean
}

/** A value of postgresql.conf in quotes. */
function quoted(value: string | number): string {
  return `'${String(value).replaceAll("'", "''")}'`
}

/**
 * Settings of a test server: data that may be lost, a full logical log, room for many leases, few wake-ups, small files.
 *
 * Slots, senders and origins are one per lease, with clones that overlap for a moment. `dynamic_shared_memory_type` keeps
 * segments in the data directory, where they go with it even after SIGKILL (POSIX segments stay in /dev/shm then).
 * `synchronous_commit` stays on: without it rows reach a feed late.
 */
export function serverSettings(options: SettingsOptions): Readonly<Record<string, string | number>> {
  const { major, durable, cloneFiles = false } = options
  return {
    password_encryption: 'scram-sha-256',
    // One iteration makes a connection 1.4 ms cheaper than 4096; the passwords are random and as long as the hash.
    ...(major >= 16 ? { scram_iterations: 1 } : {}),
    max_connections: 300,
    max_prepared_transactions: 64,
    max_locks_per_transaction: 128,
    shared_buffers: '128MB',
    shared_memory_type: 'mmap',
    dynamic_shared_memory_type: 'mmap',
    huge_pages: 'off',
    jit: 'off',
    ...(major >= 18 ? { io_method: 'sync' } : {}),
    ...(cloneFiles && major >= 18 ? { file_copy_method: 'clone' } : {}),
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    synchronous_commit: 'on',
    // A test of a deadlock waits as long. An undo waits for locks up to 200 ms and must give way first: so this is more than that.
    deadlock_timeout: '300ms',
    wal_level: 'logical',
    max_wal_senders: 64,
    max_replication_slots: 64,
    ...(major >= 18 ? { max_active_replication_origins: 64 } : {}),
    max_slot_wal_keep_size: '512MB',
    wal_sender_timeout: 0,
    wal_init_zero: durable ? 'on' : 'off',
    min_wal_size: '32MB',
    max_wal_size: '256MB',
    checkpoint_timeout: '1h',
    bgwriter_lru_maxpages: 0,
    autovacuum: 'on',
    autovacuum_naptime: '5min',
    track_activity_query_size: 4096,
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    datestyle: 'iso, mdy',
    default_text_search_config: 'pg_catalog.english',
    log_line_prefix: '%m [%p] %a@%d ',
    log_min_error_statement: 'error',
    log_checkpoints: 'off',
    log_replication_commands: 'off',
  }
}

/** Text of a postgresql.conf. */
export function configFile(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoted(value)}\n`)
    .join('')
}

/** Text of a pg_hba.conf: a password for everybody, on the Unix socket and on loopback, and no other way in. */
export const hostBasedAuthentication = `# type database user address method
local all all scram-sha-256
local replication all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
`
