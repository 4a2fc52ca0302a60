import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import {
  newFolder,
  readPublished,
  run,
  settingsFor,
  startProcess,
  token,
  until,
  untilServing,
} from '../rigs/process.ts'

const shell = promisify(execFile)
const tokenShown = /X-GEWE-TOKEN +(\S+)/

/** As a person starts it: without a token of their own. */
function startBare(dataDir: string, env: Record<string, string> = {}) {
  return run({ args: ['serve'], env: { ...settingsFor(dataDir), HONGYAN_TOKEN: undefined, ...env } })
}

async function served(dataDir: string) {
  const command = startBare(dataDir)
  const published = await untilServing(command, dataDir)
  await until('it says that it serves', () => command.stdout().includes('"serving"'))
  return { ...command, published }
}

async function stop({ child, ended }: ReturnType<typeof run>) {
  child.kill('SIGTERM')
  return ended
}

test('the first start makes a token and shows it once, with the base URL and a curl line that works as pasted', async () => {
  const dataDir = join(newFolder(), 'data')
  const first = await served(dataDir)
  const [, shown = ''] = tokenShown.exec(first.stdout()) ?? []
  expect(shown).toMatch(/^[0-9a-f]{32}$/)
  expect(first.stdout()).toContain(`base URL      ${first.published.baseUrl}\n`)

  const line = first
    .stdout()
    .split('\n')
    .find((each) => each.trim().startsWith('curl '))
  const { stdout } = await shell('sh', ['-c', line ?? 'false'])
  expect(JSON.parse(stdout)).toMatchObject({ ret: 200, data: { appId: expect.stringMatching(/./) } })
  await stop(first)

  const second = await served(dataDir)
  expect(second.stdout()).not.toContain('X-GEWE-TOKEN')
  expect(second.stdout()).not.toContain(shown)
  await stop(second)
})

test('a token that a failed first start did not show is shown by the next start', async () => {
  const dataDir = join(newFolder(), 'data')
  const other = createServer()
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => {
      const address = other.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
  try {
    const failed = startBare(dataDir, { HONGYAN_PORT: String(port) })
    expect(await failed.ended).toMatchObject({ code: 1 })
    expect(failed.stdout()).not.toMatch(tokenShown)
  } finally {
    other.close()
  }
  const next = await served(dataDir)
  expect(next.stdout()).toMatch(tokenShown)
})

test('the token that HONGYAN_TOKEN names exists and is never printed', async () => {
  const gateway = await startProcess({ dataDir: newFolder(), env: { HONGYAN_LOG_LEVEL: 'trace' } })
  expect(await gateway.post('/login/deviceList')).toMatchObject({ ret: 200, data: [] })
  await gateway.stop()
  expect(gateway.stdout()).toContain('"serving"')
  expect(gateway.stdout() + gateway.stderr()).not.toContain(token)
})

test('gateway.json says where the gateway is while it serves, and is gone after a clean stop', async () => {
  const gateway = await startProcess({ dataDir: newFolder() })
  const manifest: unknown = JSON.parse(await readFile('package.json', 'utf8'))
  expect(await readPublished(gateway.dataDir)).toStrictEqual({
    baseUrl: gateway.baseUrl,
    pid: gateway.child.pid,
    version: (manifest as { version: string }).version,
  })
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
  expect(await readPublished(gateway.dataDir)).toBeUndefined()
})

test('a killed gateway leaves a gateway.json behind, and the next one replaces it', async () => {
  const first = await startProcess({ dataDir: newFolder() })
  await first.stop('SIGKILL')
  expect(await readPublished(first.dataDir)).toMatchObject({ pid: first.child.pid })
  const second = await startProcess({ dataDir: first.dataDir })
  expect(await readPublished(first.dataDir)).toMatchObject({ pid: second.child.pid })
})

test('the data folder is made for its owner alone, and secret.key is nobody else’s to read', async () => {
  const dataDir = join(newFolder(), 'deep', 'data')
  const gateway = await startProcess({ dataDir })
  expect(await modeOf(dataDir)).toBe('700')
  expect(await modeOf(join(dataDir, 'secret.key'))).toBe('600')
  await gateway.stop()
})

test('in a folder that others may list, no file of the gateway can be read by them', async () => {
  const dataDir = join(newFolder(), 'data')
  mkdirSync(dataDir, { mode: 0o755 })
  await startProcess({ dataDir })
  const entries = await readdir(dataDir, { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  expect(files).toEqual(expect.arrayContaining(['hongyan.db', 'secret.key', 'gateway.json']))
  for (const name of files) expect(`${name} ${await modeOf(join(dataDir, name))}`).toBe(`${name} 600`)
})

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}
