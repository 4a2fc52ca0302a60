import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import {
  finish,
  newFolder,
  readPublished,
  run,
  settingsFor,
  startProcess,
  untilServing,
} from '../rigs/process.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function takenPort(): Promise<number> {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

test('settings that cannot be meant stop the start, all faults listed, each with what would be right', async () => {
  const dataDir = join(newFolder(), 'data')
  const { code, stderr, stdout } = await finish({
    args: ['serve'],
    env: {
      HONGYAN_DATA_DIR: dataDir,
      HONGYAN_PORT: 'http',
      HONGYAN_FETCH_ALLOW: '10.0.0.0/33',
      HONGYAN_MAX_VIDEO_BYTES: '1 apple',
      HONGYAN_CALLBACK_FORM: 'upper',
      HONGYAN_DATABASE_URL: 'mysql://me:database-password@db/hongyan',
      HONGYAN_TOKEN: 'short-secret',
      HONGYAN_LOG_LEVLE: 'info',
    },
  })
  expect(code).toBe(1)
  expect(stdout).toBe('')
  const lines = stderr.trim().split('\n').slice(1)
  const rules: [RegExp, RegExp][] = [
    [/HONGYAN_LOG_LEVLE/, /no such setting/],
    [/HONGYAN_PORT/, /0 to 65535/],
    [/HONGYAN_TOKEN/, /16 to 128/],
    [/HONGYAN_FETCH_ALLOW/, /10\.0\.0\.0\/8/],
    [/HONGYAN_MAX_VIDEO_BYTES/, /KiB, MiB or GiB/],
    [/HONGYAN_CALLBACK_FORM/, /capital, lower, flat/],
    [/HONGYAN_DATABASE_URL/, /postgres:/],
  ]
  for (const [name, right] of rules) {
    expect(lines.filter((line) => name.test(line))).toEqual([expect.stringMatching(right)])
  }
  expect(lines).toHaveLength(rules.length)
  expect(stderr).not.toContain('short-secret')
  expect(stderr).not.toContain('database-password')
  expect(existsSync(dataDir)).toBe(false)
})

test('every command refuses settings that cannot be meant', async () => {
  const env = { ...settingsFor(join(newFolder(), 'data')), HONGYAN_PORT: '-1' }
  for (const args of [
    ['token', 'list'],
    ['device', 'list'],
  ]) {
    const { code, stderr } = await finish({ args, env })
    expect(code).toBe(1)
    expect(stderr).toContain('HONGYAN_PORT: must be a whole number from 0 to 65535 (got "-1")')
  }
})

test('a taken port stops the start and says which setting to change', async () => {
  const port = String(await takenPort())
  const { code, stderr } = await finish({
    args: ['serve'],
    env: { ...settingsFor(newFolder()), HONGYAN_PORT: port },
  })
  expect(code).toBe(1)
  expect(stderr).toContain(`Port ${port} of 127.0.0.1 is taken`)
  expect(stderr).toMatch(/HONGYAN_PORT/)
})

test('a taken download port stops the start and says that it can be turned off', async () => {
  const port = String(await takenPort())
  const { code, stderr } = await finish({
    args: ['serve'],
    env: { ...settingsFor(newFolder()), HONGYAN_DOWNLOAD_PORT: port },
  })
  expect(code).toBe(1)
  expect(stderr).toContain(`Port ${port} of 127.0.0.1 is taken`)
  expect(stderr).toMatch(/HONGYAN_DOWNLOAD_PORT/)
})

test('a database that does not answer stops the start with a reason, and its password is not told', async () => {
  const port = await takenPort()
  servers.pop()?.close()
  const { code, stderr, stdout } = await finish({
    args: ['serve'],
    env: {
      ...settingsFor(newFolder()),
      HONGYAN_DATABASE_URL: `postgres://me:database-password@localhost:${port}/hongyan`,
    },
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/database|PostgreSQL|HONGYAN_DATABASE_URL/i)
  expect(stderr).toContain('ECONNREFUSED')
  expect(stdout + stderr).not.toContain('database-password')
})

test.each(['the same port', 'another port'])(
  'a second gateway on the same folder and %s is refused before it touches anything of the first',
  async (which) => {
    const first = await startProcess({ dataDir: newFolder() })
    const port = which === 'the same port' ? new URL(first.baseUrl).port : '0'
    const second = run({ args: ['serve'], env: { ...settingsFor(first.dataDir), HONGYAN_PORT: port } })
    const served = untilServing(second, first.dataDir).then(
      () => 'it serves',
      () => second.ended,
    )
    expect(await served).toMatchObject({ code: 1 })
    expect(second.stderr()).toContain(first.dataDir)

    expect(await readPublished(first.dataDir)).toMatchObject({ pid: first.child.pid })
    const database = await openDatabase(undefined, join(first.dataDir, 'hongyan.db'))
    try {
      expect(await database.sql.selectFrom('nodes').selectAll().execute()).toHaveLength(1)
    } finally {
      await database.close()
    }
  },
)
