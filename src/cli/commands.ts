import { type CommandSpec, sharedOptions } from './command-spec.ts'

const { config, json } = sharedOptions

/** Every command but those that services add. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'test',
    summary: 'bring everything up and run the project’s Vitest',
    description:
      'Starts what the config names, if it does not run yet, and then Vitest, once, with all further arguments as they are. Ends with Vitest’s exit code. A --config after `test` is Vitest’s own; put Backlot’s before it.',
    options: [
      { flags: '--keep', summary: 'keep a copy of the services’ state at the end of every test' },
      { flags: '--keep-on-failure', summary: 'the same for failed tests alone' },
    ],
    passes: { name: 'vitest args', summary: 'files, filters and options of Vitest', from: 'anywhere' },
    examples: [
      { command: 'backlot test', does: 'run all tests once' },
      {
        command: 'backlot test users -t "signs up"',
        does: 'only files whose path has "users", only tests with this name',
      },
      { command: 'backlot test --watch', does: 'run again at every change' },
      { command: 'backlot test --keep-on-failure', does: 'leave the database of a failed test to look at' },
    ],
    load: async () => (await import('./commands/test.ts')).test,
  },
  {
    name: 'up',
    summary: 'start every service, print how to reach it, leave it running',
    description:
      'Starts what the config names and brings its baseline in place: migrations and seed. Prints the environment of an app on standard output and the rest on standard error, so that a shell can take it in. A variable that several services give is led by the service’s name: `EVENTS_DATABASE_URL`. The services stay up after the command has ended, until they have not been used for a while, or `backlot down`.',
    options: [config, json],
    examples: [
      { command: 'backlot up', does: 'start everything' },
      { command: 'eval "$(backlot up)"', does: 'and set the variables in this shell' },
    ],
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    name: 'down',
    summary: 'stop everything of this project',
    description: 'Stops the project’s services and removes their data. A server given by URL is left running.',
    options: [config],
    examples: [{ command: 'backlot down', does: 'stop what runs for this project' }],
    load: async () => (await import('./commands/down.ts')).down,
  },
  {
    name: 'status',
    summary: 'show what runs for this project',
    description: 'Shows each running service, where it came from and where it listens. Starts nothing.',
    options: [config, json],
    examples: [
      { command: 'backlot status', does: 'what runs, for a person' },
      { command: 'backlot status --json', does: 'the same for a program' },
    ],
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'logs',
    summary: 'print the logs of the services',
    description:
      'Prints the end of a service’s log; without a name those of all services and of the supervisor, each line after its name. Works after the services have ended, too.',
    args: [{ name: 'service', summary: 'a name from the config, or `supervisor`; all of them by default' }],
    options: [
      { flags: '-f, --follow', summary: 'go on printing what is added, until interrupted' },
      { flags: '-n, --lines <count>', summary: 'how many lines from the end to begin with (default: 100)' },
      config,
    ],
    examples: [
      { command: 'backlot logs db', does: 'the last 100 lines of db' },
      { command: 'backlot logs -f -n 0', does: 'only what is new, of everything' },
    ],
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'install',
    summary: 'fetch ahead what the services need',
    description:
      'Obtains the servers of all services and puts them into the cache, so that a later start needs no network. For images and CI caches.',
    options: [config],
    examples: [{ command: 'backlot install', does: 'fetch everything this project needs' }],
    load: async () => (await import('./commands/install.ts')).install,
  },
  {
    name: 'doctor',
    summary: 'say where each service would come from, and what is missing',
    description:
      'Asks each link of each service’s chain what it could serve: a URL from the environment, the cache, a registry, containers. Starts nothing. Fails if a service has no link that serves.',
    options: [config, json],
    examples: [{ command: 'backlot doctor', does: 'look, when something does not start' }],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
]
