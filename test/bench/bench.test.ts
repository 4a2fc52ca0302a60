import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const bench = fileURLToPath(new URL('../../bench/', import.meta.url))

describe.runIf(process.platform === 'linux')('the bench', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hongyan-bench-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('measures every row beside what it is compared with, and leaves no file behind', async () => {
    const out = join(folder, 'results.md')
    const running = run(process.execPath, [join(bench, 'main.js'), '--quick', '--out', out])
    await running

    const table = (await readFile(out, 'utf8')).split('\n').filter((line) => line.startsWith('|'))
    const [head, , ...rows] = table.map((line) => line.split('|').map((cell) => cell.trim()))
    expect(head?.slice(1, -1)).toEqual([
      'what',
      'measured',
      'compared with',
      'its figure',
      'ratio',
      'goal',
      'verdict',
    ])
    expect(rows.map((cells) => cells[1])).toEqual([
      expect.stringMatching(/^`postVideo` of a \d+ MiB video/),
      expect.stringMatching(/^peak memory/),
      expect.stringMatching(/^`forwardVideo`, \d+ connections/),
      expect.stringMatching(/^`postVideo` of a URL sent before/),
      expect.stringMatching(/^\d+ `postVideo` at once/),
      expect.stringMatching(/^seek into the middle/),
      ...Array(3).fill(expect.stringMatching(/^`postVideo` of a \d+ MiB video to a phone/)),
    ])
    for (const [, , measured, , compared, ratio, , verdict] of rows) {
      expect(measured).toMatch(/^[1-9\d.,]+ /)
      expect(compared).toMatch(/^[1-9\d.,]+ /)
      expect(Number(ratio)).toBeGreaterThan(0)
      expect(verdict).toMatch(/^met$|^missed: .* % (over|under)$/)
    }
    const own = `run-${running.child.pid}-`
    expect((await readdir(join(bench, '.tmp'))).filter((name) => name.startsWith(own))).toEqual([])
  }, 120_000)
})
