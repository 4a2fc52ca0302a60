// Brings a fresh clone to where it can run: installs what package-lock.json pins and builds, each only when needed.
import { execSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 20)) {
  console.error(`Hongyan needs Node.js 20.20 or newer; this is ${process.version}.`)
  process.exit(1)
}

// npm writes this file at the end of an install; an interrupted one leaves it missing or older.
const installed = modified('node_modules/.package-lock.json')
if (installed < modified('package-lock.json')) {
  console.error('Installing the pinned dependencies; this takes about a minute the first time …')
  execSync('npm ci --no-audit --no-fund', { stdio: ['ignore', 2, 2] })
}
if (modified('dist/cli.js') < Math.max(newest('src'), newest('web'))) {
  const { status } = spawnSync(process.execPath, ['scripts/build.js'], { stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(1)
}

/** @param {string} path */
function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0
}

/** @param {string} folder */
function newest(folder) {
  if (!existsSync(folder)) return 0
  const times = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    modified(`${folder}/${name}`),
  )
  return Math.max(0, ...times)
}
