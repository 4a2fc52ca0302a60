import { resolve } from 'node:path'
import { ilinkSettings } from './ilink-settings.ts'
import { limitSettings } from './limit-settings.ts'
import * as read from './settings.ts'
import { define, hours, seconds } from './settings.ts'

/** Every setting, in the order `env.example` lists them. Environment variables are named here and in what is spread in. */
export const settings = {
  host: define({
    name: 'HONGYAN_HOST',
    example: '127.0.0.1',
    doc: 'Address to listen on. 0.0.0.0 opens the gateway to the network: put TLS in front.',
    parse: read.host,
  }),
  port: define({
    name: 'HONGYAN_PORT',
    example: '2531',
    doc: 'Port to listen on; 0 takes any free one (see <data>/gateway.json).',
    parse: read.whole(2531, 0, 65_535),
  }),
  dataDir: define({
    name: 'HONGYAN_DATA_DIR',
    example: './data',
    doc: 'Folder for the database, the blobs and the key file.',
    parse: read.textOr('./data'),
  }),
  token: define({
    name: 'HONGYAN_TOKEN',
    example: '',
    doc: 'A token that must exist, for containers and tests. Without it the first start makes one and shows it once.',
    secret: true,
    parse: read.token,
  }),
  secretKey: define({
    name: 'HONGYAN_SECRET_KEY',
    example: '',
    doc: 'Key for signed links and credentials at rest, 64 hex digits. Without it <data>/secret.key is made at the first start.',
    secret: true,
    parse: read.secretKey,
  }),
  openTokens: define({
    name: 'HONGYAN_OPEN_TOKENS',
    example: 'auto',
    doc: 'Whether /tools/getTokenId gives the first token to a caller that has none: on, off, or auto (only while bound to loopback and HONGYAN_PUBLIC_URL is unset).',
    parse: read.oneOf('auto', 'on', 'off'),
  }),
  publicUrl: define({
    name: 'HONGYAN_PUBLIC_URL',
    example: 'https://gateway.example.com',
    doc: 'How callers reach the gateway; absolute download links start with it.',
    parse: read.url('http:', 'https:'),
  }),
  downloadPort: define({
    name: 'HONGYAN_DOWNLOAD_PORT',
    example: '2532',
    doc: 'Second port that serves only /download, where clients of the free image look for it; off closes it. Default: 2532 beside 2531, otherwise off.',
    parse: read.portOrOff,
  }),
  fetchAllow: define({
    name: 'HONGYAN_FETCH_ALLOW',
    example: '127.0.0.0/8,192.168.1.0/24',
    doc: 'Private ranges (CIDR) that media links and callbacks may reach. Default: none.',
    parse: read.ranges,
  }),
  fetchConnectTimeoutMs: define({
    name: 'HONGYAN_FETCH_CONNECT_TIMEOUT_MS',
    example: '10000',
    doc: 'Time limit for name look-up, connection and TLS, milliseconds.',
    parse: read.whole(10 * seconds, 100, 120 * seconds),
  }),
  fetchIdleTimeoutMs: define({
    name: 'HONGYAN_FETCH_IDLE_TIMEOUT_MS',
    example: '15000',
    doc: 'A download that brings nothing for so long, or stays below the minimum rate over it, is given up, milliseconds.',
    parse: read.whole(15 * seconds, 100, 600 * seconds),
  }),
  fetchTotalTimeoutMs: define({
    name: 'HONGYAN_FETCH_TOTAL_TIMEOUT_MS',
    example: '600000',
    doc: 'Time limit for one whole download, milliseconds.',
    parse: read.whole(600 * seconds, 100, 24 * hours),
  }),
  fetchMinRate: define({
    name: 'HONGYAN_FETCH_MIN_RATE',
    example: '1024',
    doc: 'Slowest acceptable download, bytes per second over the idle time-out; 0 turns the rule off.',
    parse: read.whole(1024, 0, 1024 ** 3, 'bytes'),
  }),
  maxVideoBytes: define({
    name: 'HONGYAN_MAX_VIDEO_BYTES',
    example: '1GiB',
    doc: 'Largest video taken.',
    parse: read.whole(1024 ** 3, 1, 1024 ** 4, 'bytes'),
  }),
  maxThumbBytes: define({
    name: 'HONGYAN_MAX_THUMB_BYTES',
    example: '10MiB',
    doc: 'Largest thumbnail taken, before it is scaled down.',
    parse: read.whole(10 * 1024 ** 2, 1, 100 * 1024 ** 2, 'bytes'),
  }),
  ffmpeg: define({
    name: 'HONGYAN_FFMPEG',
    example: 'ffmpeg',
    doc: 'Program that takes a frame when thumbUrl is empty; off draws a placeholder instead.',
    parse: read.textOr('ffmpeg'),
  }),
  mediaRetentionDays: define({
    name: 'HONGYAN_MEDIA_RETENTION_DAYS',
    example: '0',
    doc: 'Media nobody used for so many days is dropped; 0 keeps everything.',
    parse: read.whole(0, 0, 36_500),
  }),
  callbackForm: define({
    name: 'HONGYAN_CALLBACK_FORM',
    example: 'capital',
    doc: 'Spelling of callback bodies: capital (TypeName, Appid, Data), lower (type_name, appid, data) or flat (the 2026 form).',
    parse: read.oneOf('capital', 'lower', 'flat'),
  }),
  callbackTimeoutMs: define({
    name: 'HONGYAN_CALLBACK_TIMEOUT_MS',
    example: '5000',
    doc: 'Time limit for one callback attempt, milliseconds.',
    parse: read.whole(5 * seconds, 100, 60 * seconds),
  }),
  databaseUrl: define({
    name: 'HONGYAN_DATABASE_URL',
    example: 'postgres://user:password@host/hongyan',
    doc: 'PostgreSQL instead of the embedded SQLite.',
    secret: true,
    parse: read.url('postgres:', 'postgresql:'),
  }),
  blobsUrl: define({
    name: 'HONGYAN_BLOBS_URL',
    example: 'file:///var/lib/hongyan/blobs',
    doc: 'Where sealed bytes rest. Default: <data>/blobs.',
    parse: read.url('file:'),
  }),
  maxImageBytes: define({
    name: 'HONGYAN_MAX_IMAGE_BYTES',
    example: '20MiB',
    doc: 'Largest picture that postImage takes.',
    parse: read.whole(20 * 1024 ** 2, 1, 100 * 1024 ** 2, 'bytes'),
  }),
  maxFileBytes: define({
    name: 'HONGYAN_MAX_FILE_BYTES',
    example: '1GiB',
    doc: 'Largest file that postFile takes, and largest file fetched from a network’s CDN.',
    parse: read.whole(1024 ** 3, 1, 1024 ** 4, 'bytes'),
  }),
  defaultChannel: define({
    name: 'HONGYAN_DEFAULT_CHANNEL',
    example: 'ilink',
    doc: 'Channel of a device that /login/getLoginQrCode makes without naming one: local (inside the gateway) or ilink (a real WeChat).',
    parse: read.oneOf('local', 'ilink'),
  }),
  ...ilinkSettings,
  ...limitSettings,
  shutdownTimeoutMs: define({
    name: 'HONGYAN_SHUTDOWN_TIMEOUT_MS',
    example: '20000',
    doc: 'How long a stop waits for requests in flight, milliseconds.',
    parse: read.whole(20 * seconds, 0, hours),
  }),
  logLevel: define({
    name: 'HONGYAN_LOG_LEVEL',
    example: 'info',
    doc: 'fatal, error, warn, info, debug, trace or silent.',
    parse: read.oneOf('info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'),
  }),
} as const

type Settings = typeof settings
type Values = { readonly [K in keyof Settings]: ReturnType<Settings[K]['parse']> }
type SecretName = 'token' | 'secretKey' | 'databaseUrl'

/** What may be logged. `dataDir` is absolute; `downloadPort` is null when off; `openTokens` is decided. */
export type Config = Omit<Values, SecretName | 'downloadPort' | 'openTokens'> & {
  readonly downloadPort: number | null
  readonly openTokens: boolean
}

/** What may not. */
export type Secrets = Pick<Values, SecretName>

/** All faults of the environment at once; the message is ready for a terminal. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads and checks the whole environment. An empty variable counts as absent; an unknown HONGYAN_ name is a fault,
 * since it is most likely a typing error.
 * @throws {ConfigError} naming every fault and what would be right
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): { config: Config; secrets: Secrets } {
  const faults: string[] = []
  const known = new Set<string>(Object.values(settings).map((setting) => setting.name))
  for (const name of Object.keys(env)) {
    if (name.startsWith('HONGYAN_') && !name.startsWith('HONGYAN_TEST_') && !known.has(name))
      faults.push(`${name}: no such setting`)
  }
  const entries = Object.entries(settings).map(([key, setting]) => {
    const value = env[setting.name]?.trim() || undefined
    try {
      return [key, setting.parse(value)]
    } catch (error) {
      // A URL may carry credentials, in a setting that is no secret too.
      const shown = value?.replace(/\/\/[^/]*@/, '//…@')
      const got = 'secret' in setting ? '' : ` (got ${JSON.stringify(shown)})`
      faults.push(`${setting.name}: must be ${error instanceof Error ? error.message : 'readable'}${got}`)
      return [key, undefined]
    }
  })
  if (faults.length > 0) throw new ConfigError(`The settings are not usable:\n  ${faults.join('\n  ')}`)

  const { token, secretKey, databaseUrl, ...rest } = Object.fromEntries(entries) as Values
  const config: Config = {
    ...rest,
    dataDir: resolve(rest.dataDir),
    downloadPort: decideDownloadPort(rest.port, rest.downloadPort),
    openTokens:
      rest.openTokens === 'on' || (rest.openTokens === 'auto' && isLoopback(rest.host) && !rest.publicUrl),
  }
  return { config, secrets: { token, secretKey, databaseUrl } }
}

function decideDownloadPort(port: number, asked: number | 'off' | undefined): number | null {
  if (asked === 'off') return null
  return asked ?? (port === 2531 ? 2532 : null)
}

/** Whether a bind address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** The text of `env.example`, made from the table above. */
export function envExample(): string {
  const lines = Object.values(settings).map(
    (setting) => `# ${setting.doc}\n# ${setting.name}=${setting.example}\n`,
  )
  return `# Settings of Hongyan; all are optional. Copy to .env where the gateway is started, or set them in the environment,\n# which wins. Generated from src/config.ts by \`npm run generate\`.\n\n${lines.join('\n')}`
}

/** All that a program we start may know of the environment: where programs are. The rest holds secrets. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH }
}
