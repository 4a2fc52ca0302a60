import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  ConfigError,
  envExample,
  isLoopback,
  programEnvironment,
  readConfig,
  settings,
} from '../src/config.ts'

function faultsOf(env: Record<string, string>): string {
  try {
    readConfig(env)
    return 'none'
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}
const configOf = (env: Record<string, string>) => readConfig(env).config

describe('settings', () => {
  it('have defaults that serve this machine alone', () => {
    const { config, secrets } = readConfig({})
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 2531,
      dataDir: resolve('data'),
      downloadPort: 2532,
      openTokens: true,
      publicUrl: undefined,
      fetchAllow: [],
      maxVideoBytes: 1024 ** 3,
      maxThumbBytes: 10 * 1024 ** 2,
      mediaRetentionDays: 0,
      callbackForm: 'capital',
      blobsUrl: undefined,
      logLevel: 'info',
    })
    expect(secrets).toEqual({ token: undefined, secretKey: undefined, databaseUrl: undefined })
  })

  it('take every example that env.example shows', () => {
    const shown = Object.values(settings).map(({ name, example }) => [name, example])
    expect(() => readConfig(Object.fromEntries(shown))).not.toThrow()
  })

  it('count as absent when empty or blank, and are trimmed', () => {
    expect(configOf({ HONGYAN_PORT: '', HONGYAN_HOST: '  ' })).toMatchObject({
      port: 2531,
      host: '127.0.0.1',
    })
    expect(configOf({ HONGYAN_PORT: ' 80 ' }).port).toBe(80)
  })

  it('read nothing but names that start with HONGYAN_', () => {
    expect(configOf({ PORT: '80', HOST: '0.0.0.0', DATABASE_URL: 'x' })).toEqual(configOf({}))
  })

  it('are read from the environment of the process', () => {
    vi.stubEnv('HONGYAN_PORT', '4321')
    expect(readConfig().config.port).toBe(4321)
  })
  afterEach(() => vi.unstubAllEnvs())

  it('keep secrets apart from what may be logged', () => {
    const token = 'a-token-of-some-length'
    const key = 'ab'.repeat(32)
    const { config, secrets } = readConfig({
      HONGYAN_TOKEN: token,
      HONGYAN_SECRET_KEY: key,
      HONGYAN_DATABASE_URL: 'postgres://user:password@host/hongyan',
    })
    expect(secrets.token).toBe(token)
    expect(secrets.secretKey?.toString('hex')).toBe(key)
    expect(secrets.databaseUrl?.password).toBe('password')
    expect(JSON.stringify(config)).not.toMatch(/a-token|abab|password/)
  })
})

describe('wrong settings', () => {
  it('are all told at once, each with what would be right and what was found', () => {
    const message = faultsOf({
      HONGYAN_PORT: '99999',
      HONGYAN_HOST: 'http://x',
      HONGYAN_CALLBACK_FORM: 'Capital',
      HONGYAN_MAX_VIDEO_BYTES: '1GB',
      HONGYAN_FETCH_ALLOW: 'everything',
      HONGYAN_DOWNLOAD_PORT: 'none',
      HONGYAN_BLOBS_URL: 'blobs',
    })
    const [title, ...faults] = message.split('\n  ')
    expect(title).toBe('The settings are not usable:')
    expect(faults.sort()).toEqual([
      expect.stringMatching(/^HONGYAN_BLOBS_URL: must be a URL that starts with file: .*\(got "blobs"\)$/),
      'HONGYAN_CALLBACK_FORM: must be one of capital, lower, flat (got "Capital")',
      'HONGYAN_DOWNLOAD_PORT: must be a port from 0 to 65535, or off (got "none")',
      expect.stringMatching(/^HONGYAN_FETCH_ALLOW: must be CIDR ranges .* \(got "everything"\)$/),
      expect.stringMatching(/^HONGYAN_HOST: must be an IP address or a host name, .* \(got "http:\/\/x"\)$/),
      expect.stringMatching(/^HONGYAN_MAX_VIDEO_BYTES: must be a whole number .* \(got "1GB"\)$/),
      'HONGYAN_PORT: must be a whole number from 0 to 65535 (got "99999")',
    ])
  })

  it('include names that are none, since they are most likely typing errors', () => {
    const message = faultsOf({ HONGYAN_PROT: '80', HONGYAN_TOKENS: 'do-not-tell', hongyan_port: '1' })
    expect(message).toContain('HONGYAN_PROT: no such setting')
    expect(message).toContain('HONGYAN_TOKENS: no such setting')
    expect(message).not.toContain('do-not-tell')
    expect(message).not.toContain('hongyan_port')
    expect(faultsOf({ HONGYAN_TEST_POSTGRES_URL: 'x' })).toBe('none')
  })

  it.each([
    ['HONGYAN_TOKEN', 'do not tell'],
    ['HONGYAN_SECRET_KEY', 'do-not-tell'],
    ['HONGYAN_DATABASE_URL', 'mysql://user:do-not-tell@host/x'],
    ['HONGYAN_BLOBS_URL', 's3://key:do-not-tell@host/bucket'],
    ['HONGYAN_PUBLIC_URL', 'ftp://user:do-not-tell@host/'],
  ])('do not show the secret that %s holds', (name, value) => {
    const message = faultsOf({ [name]: value })
    expect(message).toContain(`${name}: must be `)
    expect(message).not.toMatch(/do.not.tell/)
  })
})

describe('the download port', () => {
  it.each([
    [{}, 2532],
    [{ HONGYAN_PORT: '2531' }, 2532],
    [{ HONGYAN_PORT: '0' }, null],
    [{ HONGYAN_PORT: '8080' }, null],
    [{ HONGYAN_DOWNLOAD_PORT: 'off' }, null],
    [{ HONGYAN_PORT: '8080', HONGYAN_DOWNLOAD_PORT: '2532' }, 2532],
    [{ HONGYAN_PORT: '0', HONGYAN_DOWNLOAD_PORT: '0' }, 0],
  ])('of %j is %s', (env, port) => {
    expect(configOf(env).downloadPort).toBe(port)
  })
})

describe('tokens for strangers', () => {
  it.each([
    [{}, true],
    [{ HONGYAN_HOST: 'localhost' }, true],
    [{ HONGYAN_HOST: '::1' }, true],
    [{ HONGYAN_HOST: '0.0.0.0' }, false],
    [{ HONGYAN_HOST: '192.168.1.2' }, false],
    [{ HONGYAN_PUBLIC_URL: 'https://gateway.example.com' }, false],
    [{ HONGYAN_OPEN_TOKENS: 'off' }, false],
    [{ HONGYAN_OPEN_TOKENS: 'on', HONGYAN_HOST: '0.0.0.0' }, true],
    [{ HONGYAN_OPEN_TOKENS: 'auto', HONGYAN_HOST: '::' }, false],
  ])('with %j: %s', (env, open) => {
    expect(configOf(env).openTokens).toBe(open)
  })

  it.each([
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['localhost', true],
    ['::1', true],
    ['127.0.0.1.example.com', false],
    ['localhost.example.com', false],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
  ])('%s can only be reached from this machine: %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback)
  })
})

describe('env.example', () => {
  it('lists every setting once, with its words, and is what the code says', () => {
    const text = readFileSync(new URL('../env.example', import.meta.url), 'utf8')
    expect(text).toBe(envExample())
    for (const { name, doc, example } of Object.values(settings)) {
      expect(text.split(`# ${doc}\n# ${name}=${example}\n`)).toHaveLength(2)
    }
  })
})

describe('a program that the gateway starts', () => {
  it('knows of the environment only where programs are', () => {
    vi.stubEnv('HONGYAN_TOKEN', 'do-not-tell')
    expect(programEnvironment()).toEqual({ PATH: process.env.PATH })
  })
})
