import type { Service } from '../../../../../src/contracts/index.ts'

/** The smallest service there can be: it keeps one text in the supervisor and writes a log. */
export function note(
  options: { readonly command?: string; readonly serves?: boolean } = {},
): Service<{ text(): Promise<string> }> {
  return {
    kind: 'note',
    host: new URL('./host.ts', import.meta.url).href,
    check: async () => {},
    plan: async (context) => ({
      instance: { name: context.name, serves: options.serves ?? true },
      baseline: 'empty',
      lease: null,
    }),
    build: async () => {},
    open: async (lease) => ({
      handle: { text: async () => String(await lease.ask('text', null)) },
      moved: async () => {},
      summary: async () => [],
      close: async () => {},
    }),
    environment: (info, context) => ({ [`${context.name.toUpperCase()}_URL`]: String(info) }),
    commands: [
      {
        name: options.command ?? 'note',
        summary: 'read the note',
        options: [{ flags: '--upper-case', summary: 'in capitals' }],
        run: async ({ ask, args, options: given, print, service, status }) => {
          const text = String(await ask('text', [...args]))
          print(`${service.name}: ${given.upperCase === true ? text.toUpperCase() : text} (${status.product})`)
          return args.includes('fail') ? 7 : 0
        },
      },
    ],
  }
}
