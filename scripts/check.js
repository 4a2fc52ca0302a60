// Everything a machine can judge: format, lint with the import directions, types, dead code, file lengths, generated files.
import { spawnSync } from 'node:child_process'

const steps = [
  ['format, lint, import directions', 'npx', ['biome', 'check', '--error-on-warnings', '.']],
  ['types', 'npx', ['tsc', '--noEmit', '-p', 'tsconfig.json']],
  ['types of the pages', 'npx', ['tsc', '--noEmit', '-p', 'web/tsconfig.json']],
  ['dead code', 'npx', ['knip']],
  ['file lengths', process.execPath, ['scripts/lengths.js']],
  ['generated files', process.execPath, ['scripts/generate.js', '--check']],
]
let failed = false
for (const [name, command, parameters] of steps) {
  const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8' })
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name}`)
  if (status !== 0) console.log(`${stdout}${stderr}`)
  failed ||= status !== 0
}
process.exitCode = failed ? 1 : 0
