/** What the files of one room may use. */
export interface Room {
  /** Rooms that it may import, types included. */
  readonly rooms: readonly string[]
  /** npm packages that it may import; Node's own modules are free, and so are the packages of `*.test.ts`. */
  readonly packages: readonly string[]
  /** Whether it reads the environment, the clock and the console; every other room is given what it needs of them. */
  readonly ambient?: true
}

const base = ['contracts', 'errors']
const service = [...base, 'provision', 'process', 'wait', 'expect']
const front = [...base, 'engine', 'http', 'expect', 'wait']

/**
 * Who may import whom. `entry` is the files directly in `src/`, the package's main entry. A service room never imports
 * another service room, nor the engine, which meets services through `contracts` alone.
 */
export const roomMap: Readonly<Record<string, Room>> = {
  contracts: { rooms: [], packages: [] },
  errors: { rooms: [], packages: [] },
  wait: { rooms: base, packages: [] },
  process: { rooms: base, packages: [] },
  provision: { rooms: [...base, 'process'], packages: ['fflate'] },
  expect: { rooms: [...base, 'wait'], packages: [] },
  http: { rooms: service, packages: [] },
  postgres: { rooms: service, packages: ['pg', 'pg-logical-replication'] },
  engine: { rooms: [...base, 'process', 'provision', 'wait', 'http'], packages: ['birpc'], ambient: true },
  vitest: { rooms: front, packages: ['vitest'] },
  cli: { rooms: front, packages: ['commander'], ambient: true },
  entry: { rooms: [...front, 'process', 'provision'], packages: [] },
}
