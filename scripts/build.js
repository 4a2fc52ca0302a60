// Compiles src into dist, and the console's pages into dist/web. Built aside and swapped in, so that a gateway or test
// that starts meanwhile finds the old modules or the new ones, and none left over from a file that is gone.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const next = `dist.${process.pid}.next`
const old = `dist.${process.pid}.old`
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', next], {
  stdio: 'inherit',
})
if (status !== 0) {
  rmSync(next, { recursive: true, force: true })
  process.exit(1)
}
chmodSync(`${next}/cli.js`, 0o755)
// Without the console's folder there is a gateway without a console.
if (existsSync('web')) await buildPages(`${next}/web`)
if (existsSync('dist')) renameSync('dist', old)
renameSync(next, 'dist')
rmSync(old, { recursive: true, force: true })

/**
 * The pages and, beside each file that shrinks by it, the same compressed, so that the gateway compresses nothing.
 * @param {string} outDir
 */
async function buildPages(outDir) {
  const { build } = await import('vite')
  await build({ configFile: 'web/vite.config.ts', logLevel: 'warn', build: { outDir: `../${outDir}` } })
  for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(html|css|js|svg)$/.test(name)) continue
    const bytes = readFileSync(`${outDir}/${name}`)
    writeFileSync(`${outDir}/${name}.br`, brotliCompressSync(bytes))
    writeFileSync(`${outDir}/${name}.gz`, gzipSync(bytes, { level: 9 }))
  }
}
