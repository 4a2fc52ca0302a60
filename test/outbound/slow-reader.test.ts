import { afterEach, expect, test } from 'vitest'
import { createOutbound } from '../../src/outbound/outbound.ts'
import { type Behaviour, type Origin, startOrigin } from '../rigs/origin.ts'
import { config } from './door.ts'

const body = Buffer.alloc(300_000, 'hongyan ')
const framings: [string, string, Buffer][] = [
  ['a length', `content-length: ${body.length}\r\nconnection: close\r\n`, body],
  ['chunks', 'transfer-encoding: chunked\r\nconnection: close\r\n', chunked(body)],
  ['the close alone', 'connection: close\r\n', body],
]

let origin: Origin
const doors: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const door of doors.splice(0)) await door.close()
  await origin.close()
})

async function getSlowly(behaviour: Behaviour, whileWaiting: () => Promise<void>): Promise<Buffer> {
  origin = await startOrigin(behaviour)
  const door = createOutbound(config)
  doors.push(door)
  const signal = new AbortController().signal
  const fetched = await door.get(origin.url, { maxBytes: 1_000_000, signal, subject: 'videoUrl' })
  const parts: Buffer[] = []
  for await (const part of fetched.body) {
    if (parts.length === 0) await whileWaiting()
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** The other side has closed for good once the kernel has taken all and several turns of the loop have passed. */
async function closed(): Promise<void> {
  await expect.poll(() => origin.open).toBeLessThanOrEqual(1)
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1))
}

test.each(framings)(
  'a body marked by %s arrives whole although the origin closes while the reader is slow',
  async (_, head, bytes) => {
    const answer = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n`), bytes])
    expect(await getSlowly(({ socket }) => socket.end(answer), closed)).toEqual(body)
  },
)

test.each(framings)('a reset while the reader is slow is an interruption (%s)', async (_, head, bytes) => {
  const part = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n`), bytes.subarray(0, 200_000)])
  const cut = async () => {
    origin.cut()
    await closed()
  }
  await expect(getSlowly(({ socket }) => socket.write(part), cut)).rejects.toMatchObject({
    code: 'fetch_interrupted',
  })
})

test.each(framings.slice(0, 2))(
  'an early end while the reader is slow is an interruption (%s)',
  async (_, head, bytes) => {
    const part = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n`), bytes.subarray(0, 200_000)])
    await expect(getSlowly(({ socket }) => socket.end(part), closed)).rejects.toMatchObject({
      code: 'fetch_interrupted',
    })
  },
)

function chunked(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')])
}
