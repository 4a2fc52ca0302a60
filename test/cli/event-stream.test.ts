import { expect, test } from 'vitest'
import { readEvents, type ServerEvent } from '../../src/cli/event-stream.ts'
import { fc } from '../rigs/properties.ts'

async function all(pieces: readonly Uint8Array[]): Promise<ServerEvent[]> {
  async function* body() {
    yield* pieces
  }
  const events: ServerEvent[] = []
  for await (const event of readEvents(body())) events.push(event)
  return events
}

const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text) && !text.startsWith(' '))
const event = fc.record({ id: line, event: line, data: line })

test('events are read whole, however the network cuts them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event), fc.integer({ min: 1, max: 40 }), async (events, size) => {
      const text = events.map(({ id, event, data }) => `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`)
      const bytes = Buffer.from(text.join(''))
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      )
      expect(await all(pieces)).toEqual(events)
    }),
  )
})

test('comments, unknown fields and CRLF do not disturb, and data of several lines is one text', async () => {
  const text = ': hello\r\nretry: 5\r\ndata: a\r\ndata:b\r\n\r\n'
  expect(await all([Buffer.from(text)])).toEqual([{ id: '', event: 'message', data: 'a\nb' }])
})

test('an event without end is given up', async () => {
  const endless = Array.from({ length: 10 }, () => Buffer.alloc(10_000, 'x'))
  await expect(all(endless)).rejects.toThrow('too long')
})
