/**
 * Every code that a {@link BacklotError} can carry, with what it means. Codes are stable: they are never renamed or
 * reused, so that a CI log can be searched for them.
 */
export const errorCodes = {
  BACKLOT_CONFIG_INVALID: 'the config names something that does not exist or has the wrong shape',
  BACKLOT_CONFIG_NOT_FOUND: 'no backlot.config file was found from here upwards',
  BACKLOT_DRIVER_MISSING: 'a service needs an npm package that is not installed',
  BACKLOT_PROVIDER_EXHAUSTED: 'no provider of a service could serve',
  BACKLOT_DOWNLOAD_FAILED: 'a download failed or did not match its checksum',
  BACKLOT_CACHE_UNUSABLE: 'the cache folder cannot be written or read',
  BACKLOT_DISK_FULL: 'a disk or tmpfs that Backlot writes to has no room left',
  BACKLOT_LOCK_TIMEOUT: 'another process held a lock for longer than the deadline',
  BACKLOT_SERVER_START_FAILED: 'a server did not become ready',
  BACKLOT_SERVER_DIED: 'a server ended while it was in use',
  BACKLOT_SUPERVISOR_UNREACHABLE: 'the supervisor did not start, or its connection was lost',
  BACKLOT_MIGRATION_FAILED: 'a migration failed',
  BACKLOT_SEED_FAILED: 'a seed failed',
  BACKLOT_BASELINE_FAILED: 'a baseline could not be built for another reason',
  BACKLOT_REWIND_FAILED: 'a lease could be neither rewound nor replaced',
  BACKLOT_ISOLATION_UNAVAILABLE: 'the isolation asked for cannot be had on this server',
  BACKLOT_RIGHTS_MISSING: 'the server refuses a right that is needed',
  BACKLOT_TABLE_NOT_FOUND: 'a probe names a table that does not exist',
  BACKLOT_COLUMN_NOT_FOUND: 'a probe names a column that does not exist',
  BACKLOT_VALUE_INVALID: 'an expected value cannot be a value of that column',
  BACKLOT_CONCURRENT_TEST: 'tests of one file run concurrently on one lease',
  BACKLOT_LEAK: 'something of a test outlived it',
  BACKLOT_APP_INVALID: 'what the app function returned cannot be driven',
  BACKLOT_APP_FAILED: 'the app did not start or could not be stopped',
  BACKLOT_COMMAND_FAILED: 'a command that the config names failed',
  BACKLOT_TIMEOUT: 'a deadline passed',
  BACKLOT_USAGE: 'a command was given arguments it does not take',
} as const

/** The code of a {@link BacklotError}. */
export type ErrorCode = keyof typeof errorCodes
