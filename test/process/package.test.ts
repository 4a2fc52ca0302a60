import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { finish, newFolder } from '../rigs/process.ts'

const program = promisify(execFile)

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string; readonly mode: number }[]
}

/** Packs what is built, without building it anew: other tests run from it. */
async function pack(into: string): Promise<Packed> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into]
  const { stdout } = await program('npm', args, { env: { ...process.env, npm_config_offline: 'true' } })
  const [packed] = JSON.parse(stdout) as Packed[]
  if (!packed) throw new Error('npm packed nothing')
  return packed
}

test('the package holds what runs and what explains it, and nothing of the workshop', async () => {
  const { files } = await pack(newFolder())
  const paths = files.map(({ path }) => path)
  for (const wanted of [
    'package.json',
    'dist/cli.js',
    'dist/main.js',
    'dist/database/sqlite-thread.js',
    'dist/media/digest-thread.js',
    'assets/demo/hongyan.mp4',
    'assets/demo/hongyan.jpg',
    'env.example',
    'LICENSE',
    'README.md',
    'README.zh-CN.md',
    'CHANGELOG.md',
  ]) {
    expect(paths).toContain(wanted)
  }
  const allowed =
    /^(package\.json|dist\/|assets\/|docs\/|deploy\/|env\.example|SECURITY|LICENSE|README|CHANGELOG)/
  expect(paths.filter((path) => !allowed.test(path))).toEqual([])
  expect(files.find(({ path }) => path === 'dist/cli.js')?.mode).toBe(0o755)
})

test('the packed files alone run the demo: exit code 0, the speed-up, and a link that plays the video', async () => {
  const folder = newFolder()
  const { filename } = await pack(folder)
  await program('tar', ['-xzf', join(folder, filename), '-C', folder])
  const home = join(folder, 'package')
  // The dependencies as they are installed here; the package's own files as they were packed.
  symlinkSync(resolve('node_modules'), join(home, 'node_modules'))
  const tmp = join(folder, 'tmp')
  mkdirSync(tmp)
  const { code, stdout, stderr } = await finish({ args: ['demo'], home, env: { TMPDIR: tmp } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/\d+(\.\d+)? times as fast/)
  expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/download\/\d{8}\/\S+\.mp4/)
  expect(stdout).toContain('POST /message/postVideo')
  expect(stdout).toContain('POST /message/forwardVideo')
})
