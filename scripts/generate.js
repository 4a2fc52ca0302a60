// Writes env.example and docs/openapi.json from the code; with --check only compares.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { envExample, readConfig } = await import('../dist/config.js')
const { startGateway } = await import('../dist/gateway.js')
const { createLog } = await import('../dist/log.js')

const files = { 'env.example': envExample(), 'docs/openapi.json': await openapi() }
for (const [path, text] of Object.entries(files)) {
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text)
  } else if (read(path) !== text) {
    console.error(`${path} is not what the code says; run \`npm run generate\` and commit it.`)
    process.exitCode = 1
  }
}

async function openapi() {
  const folder = mkdtempSync(join(tmpdir(), 'hongyan-openapi-'))
  const { config, secrets } = readConfig({
    HONGYAN_DATA_DIR: folder,
    HONGYAN_PORT: '0',
    HONGYAN_LOG_LEVEL: 'silent',
  })
  const gateway = await startGateway(config, secrets, createLog('silent'))
  try {
    const document = await (await fetch(`${gateway.baseUrl}/openapi.json`)).json()
    return `${JSON.stringify(document, null, 2)}\n`
  } finally {
    await gateway[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
