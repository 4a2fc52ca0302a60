import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { displayOn, PlainDisplay, type Screen } from '../../src/cli/progress.ts'

/** A screen that remembers what was written. */
function screenOf(facts: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = []
  const screen: Screen = { ...facts, write: (text) => written.push(text) }
  return { screen, text: () => written.join('') }
}

test('without a terminal there is a line per stage and one per tenth of it, and nothing else', () => {
  const { screen, text } = screenOf()
  let now = 0
  const display = new PlainDisplay(screen, () => now)
  display.update({ stage: 'wait', done: 0, total: undefined })
  for (let done = 0; done <= 1000; done += 1) {
    display.update({ stage: 'fetch', done, total: 1000 })
    now += 1
  }
  display.update({ stage: 'send', done: 1000, total: 1000 })
  display.close()
  expect(text().split('\n')).toEqual([
    'Waiting',
    'Fetching  0 %  0 of 1000 B',
    'Fetching  10 %  100 of 1000 B',
    'Fetching  20 %  200 of 1000 B',
    'Fetching  30 %  300 of 1000 B  1000 B/s  0:01 left',
    'Fetching  40 %  400 of 1000 B  1000 B/s  0:01 left',
    'Fetching  50 %  500 of 1000 B  1000 B/s  0:01 left',
    'Fetching  60 %  600 of 1000 B  1000 B/s  0:00 left',
    'Fetching  70 %  700 of 1000 B  1000 B/s  0:00 left',
    'Fetching  80 %  800 of 1000 B  1000 B/s  0:00 left',
    'Fetching  90 %  900 of 1000 B  1000 B/s  0:00 left',
    'Fetching  100 %  1000 of 1000 B  1000 B/s  0:00 left',
    'Sending  100 %  1000 of 1000 B',
    '',
  ])
})

test('where the total is not known, a plain line comes every five seconds at most', () => {
  const { screen, text } = screenOf()
  let now = 0
  const display = new PlainDisplay(screen, () => now)
  for (; now <= 12_000; now += 100) display.update({ stage: 'fetch', done: now, total: undefined })
  expect(text().match(/^.*$/gm)).toEqual([
    'Fetching',
    'Fetching  4.9 KiB  1000 B/s',
    'Fetching  9.8 KiB  1000 B/s',
    '',
  ])
})

test.each([
  ['no terminal', {}, {}],
  ['a terminal that cannot move its cursor', { isTTY: true }, { TERM: 'dumb' }],
])('%s gets no control characters', (_, facts, env) => {
  const { screen, text } = screenOf(facts)
  const display = displayOn(screen, env)
  display.update({ stage: 'give', done: 5, total: 10 })
  display.close()
  expect(text()).toBe('To the gateway  50 %  5 of 10 B\n')
})

test('on a terminal one line is redrawn within its width, and gone in the end', () => {
  const { screen, text } = screenOf({ isTTY: true, columns: 60 })
  const display = displayOn(screen, { NO_COLOR: '1' })
  display.update({ stage: 'give', done: 0, total: 10 })
  display.update({ stage: 'fetch', done: 5, total: 10 })
  display.close()
  display.update({ stage: 'send', done: 10, total: 10 })
  display.close()
  const frames = text().split('\r')
  expect(frames[0]).toBe('')
  const lines = frames.slice(1).map((frame) => {
    // Each overwrites the whole of the one before.
    expect(frame.endsWith('\x1b[K')).toBe(true)
    return stripVTControlCharacters(frame)
  })
  expect(lines).toEqual([
    expect.stringMatching(/^To the gateway {2}\[ +\] +0 of 10 B$/),
    expect.stringMatching(/^Fetching {8}\[=+ +\] +5 of 10 B$/),
    '',
  ])
  for (const line of lines) expect(line.length).toBeLessThan(60)
})

test('the bar has a colour, unless NO_COLOR says otherwise', () => {
  const drawn = (env: NodeJS.ProcessEnv) => {
    const { screen, text } = screenOf({ isTTY: true, columns: 80 })
    const display = displayOn(screen, env)
    display.update({ stage: 'fetch', done: 5, total: 10 })
    display.close()
    return text()
  }
  expect(drawn({})).toContain('\x1b[32m=')
  expect(drawn({ NO_COLOR: '1' })).not.toContain('\x1b[3')
})
