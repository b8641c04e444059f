import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** What pip would ask, and how. */
export interface PipSettings {
  /** Addresses of indexes, the main one first. They may carry credentials. */
  readonly indexes: readonly string[]
  /** Path of a file with certificates to trust in place of the usual ones. */
  readonly certificate: string | undefined
  /** Hosts (`host` or `host:port`) whose certificate is not checked. */
  readonly trustedHosts: readonly string[]
}

const pypi = 'https://pypi.org/simple'

/** pip's files, the strongest last. */
function filesOf(env: Environment): readonly string[] {
  const home = env.HOME ?? ''
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(home, '.config')
  const ofUser = [join(home, '.pip', 'pip.conf'), join(config, 'pip', 'pip.conf')]
  if (process.platform === 'darwin') ofUser.push(join(home, 'Library', 'Application Support', 'pip', 'pip.conf'))
  const named = env.PIP_CONFIG_FILE
  // pip reads no other file of the user then.
  if (named === '/dev/null') return []
  return ['/etc/pip.conf', ...(home === '' ? [] : ofUser), ...(named ? [named] : [])]
}

/** Values of `[global]` and `[download]` by name. A value may go on in indented lines. */
function valuesIn(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  let section = ''
  let name: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;].*)?$/.test(line)) continue
    const header = /^\[(.+)\]\s*$/.exec(line)?.[1]
    const [, key, value] = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? []
    if (header !== undefined) [section, name] = [header, undefined]
    else if (/^\s/.test(line) && name !== undefined) values.set(name, `${values.get(name)} ${line.trim()}`)
    else if (key !== undefined && (section === 'global' || section === 'download')) {
      name = key.toLowerCase().replaceAll('_', '-')
      values.set(name, value ?? '')
    } else name = undefined
  }
  return values
}

/**
 * Reads pip's settings as pip does: the environment before its files. For a machine without pip; of the settings, those
 * that say where a wheel is to be had.
 */
export async function readPipSettings(env: Environment): Promise<PipSettings> {
  const texts = await Promise.all(filesOf(env).map((file) => readFile(file, 'utf8').catch(() => '')))
  const inFiles = new Map(texts.flatMap((text) => [...valuesIn(text)]))
  const setting = (name: string): string | undefined =>
    env[`PIP_${name.toUpperCase().replaceAll('-', '_')}`] || inFiles.get(name) || undefined
  const list = (name: string): readonly string[] => setting(name)?.split(/\s+/).filter(Boolean) ?? []
  return {
    indexes: [setting('index-url') ?? pypi, ...list('extra-index-url')],
    certificate: setting('cert') ?? (env.REQUESTS_CA_BUNDLE || undefined),
    trustedHosts: list('trusted-host'),
  }
}
