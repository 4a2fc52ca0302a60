// Writes test/fixtures/released/<version>.<engine>.sql: what the gateway of this folder leaves in its database, for tests of
// every later version. To be run once, at the release, after `npm run build`, where PostgreSQL is at hand.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const folder = 'test/fixtures/released'
mkdirSync(folder, { recursive: true })
const { status } = spawnSync('npx', ['vitest', 'run', 'test/database/released-keep.test.ts'], {
  env: { ...process.env, HONGYAN_KEEP_RELEASE: folder },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
