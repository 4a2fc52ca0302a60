import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/fuzz.js', import.meta.url))
const targets = fileURLToPath(new URL('../fixtures/hostile/targets', import.meta.url))
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hongyan-fuzz-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Fuzzes planted faults. */
async function fuzz(...options: readonly string[]): Promise<{ code: unknown; said: string }> {
  const planted = ['--targets', targets, '--findings', folder, '--seed', '1']
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...planted, ...options])
    return { code: 0, said: stdout }
  } catch (error) {
    const { code, stdout } = error as { code: unknown; stdout: string }
    return { code, said: stdout }
  }
}

test.each<[string, RegExp, ...string[]]>([
  ['throws', /a planted fault/],
  ['hangs', /no answer within 1.5 s/, '--hang-ms', '1500'],
  ['grows', /memory/],
])(
  'a fuzz run ends with 1 and keeps the input where a parser %s',
  { timeout: 120_000 },
  async (target, says, ...options) => {
    const { code, said } = await fuzz('--target', target, '--seconds', '60', ...options)
    expect(said).toMatch(says)
    expect(code).toBe(1)
    const [path] = said.match(new RegExp(`${folder}/${target}-\\w{12}`)) ?? []
    const input = await readFile(path ?? '')
    if (target === 'throws') expect(input.subarray(0, 8)).toEqual(Buffer.from('length=\xff', 'latin1'))
    if (target === 'hangs') expect(input.length).toBeLessThan(4)
  },
)

test('one that finds nothing ends with 0, and says how much was tried', async () => {
  const { code, said } = await fuzz(
    '--targets',
    join(targets, '../../../hostile/fuzz/targets'),
    '--target',
    'range',
    '--seconds',
    '1',
  )
  expect(code).toBe(0)
  expect(said).toMatch(/^range +[1-9]\d* +\d+ {2}nothing found$/m)
})
