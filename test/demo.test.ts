import { expect, it, vi } from 'vitest'
import { demo } from '../src/demo/demo.ts'

it('the demo holds every step, says how much faster forwarding was, and gives a link', async () => {
  const said: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
  try {
    expect(await demo({ stay: false })).toBe(0)
  } finally {
    log.mockRestore()
  }
  const text = said.join('\n')
  expect(text).toMatch(/times as fast/)
  expect(text).toMatch(/a link that plays it: http:\/\/127\.0\.0\.1:\d+\/download\//)
})
