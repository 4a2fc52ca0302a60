import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

/** What the built log writes to standard output when a process of its own logs `entries`. */
function written(level: string, entries: readonly unknown[]): string {
  const module = new URL('../dist/log.js', import.meta.url).href
  const script = `
    const { createLog } = await import(${JSON.stringify(module)})
    const log = createLog(${JSON.stringify(level)})
    for (const entry of ${JSON.stringify(entries)}) log.info(entry, 'said')`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
  expect(stderr.toString()).toBe('')
  return stdout.toString()
}

const names = ['token', 'aesKey', 'aeskey', 'xml', 'callbackUrl', 'authorization', 'x-gewe-token']

describe('the log', () => {
  it('writes one JSON object a line, with the time in words', () => {
    const lines = written('info', [{ appId: 'wx_a' }, {}])
      .trim()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 30, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), appId: 'wx_a', msg: 'said' },
      { level: 30, time: expect.any(String), msg: 'said' },
    ])
  })

  it.each(names)('never tells %s, at the top of an entry nor inside one', (name) => {
    const secret = { [name]: 'do-not-tell' }
    const output = written('info', [secret, { headers: secret }, { err: { message: 'm', ...secret } }])
    expect(output).not.toContain('do-not-tell')
    expect(output.split('[secret]')).toHaveLength(4)
  })

  it.each(['warn', 'silent'])('says nothing below its level %s', (level) => {
    expect(written(level, [{ appId: 'wx_a' }])).toBe('')
  })
})
