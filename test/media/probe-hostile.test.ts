import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { probeVideo } from '../../src/media/probe.ts'
import { Window } from '../../src/media/window.ts'
import { fc } from '../rigs/properties.ts'
import { fixture, sourceOf, typeOf } from './probe-source.ts'

const mp4 = await typeOf(fixture('moov-first.mp4'))
const webm = await typeOf(fixture('clip.webm'))

/** The fixture with a 32-bit number written `offset` bytes behind the first `mark`. */
function forged(name: string, mark: string, offset: number, value: number): Buffer {
  const bytes = fixture(name)
  bytes.writeUInt32BE(value, bytes.indexOf(mark) + offset)
  return bytes
}

function box(type: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8, 0)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}

async function reasonOf(bytes: Buffer, type = mp4): Promise<string> {
  const error = await probeVideo(sourceOf(bytes), type).then(
    () => new Error('was read'),
    (caught: unknown) => caught,
  )
  if (!(error instanceof GatewayError)) throw error
  expect(error.code).toBe('video_invalid')
  return error.reason
}

describe('probeVideo refuses', () => {
  test('sound alone', async () => {
    expect(await reasonOf(fixture('audio-only.mp4'))).toContain('没有视频画面')
  })

  test.each([
    ['moov-last.mp4', 0.9],
    ['moov-last.mp4', 0.5],
    ['moov-first.mp4', 0.9],
    ['moov-first.mp4', 0.05],
    ['clip.mov', 0.7],
  ])('%s cut at %f of its length', async (name, part) => {
    const bytes = fixture(name)
    expect(await reasonOf(bytes.subarray(0, Math.floor(bytes.length * part)))).toContain('不完整')
  })

  test.each([0.9, 0.02])('a WebM cut at %f of its length', async (part) => {
    const bytes = fixture('clip.webm')
    expect(await reasonOf(bytes.subarray(0, Math.floor(bytes.length * part)), webm)).toContain('不完整')
  })

  test('an MP4 without moov', async () => {
    expect(await reasonOf(box('ftyp', Buffer.from('isom0000')))).toContain('moov')
  })

  test.each([
    ['a box longer than its parent', forged('moov-first.mp4', 'mdia', -4, 0x0fff_ffff)],
    ['a box shorter than its header', forged('moov-first.mp4', 'mdia', -4, 5)],
    ['a header box without room for its fields', forged('moov-first.mp4', 'mvhd', -4, 12)],
  ])('%s', async (_what, bytes) => {
    expect(await reasonOf(bytes)).toMatch(/损坏|长度有误/)
  })

  test('a moov of countless tracks', async () => {
    const bytes = box('moov', ...Array.from({ length: 300 }, () => box('trak')))
    expect(await reasonOf(bytes)).toContain('过多')
  })

  test('metadata scattered over more than 64 MiB, after no more than that', async () => {
    // 4096 boxes, each in a window of its own, and no moov among them.
    const step = 70_000
    let read = 0
    const source = {
      length: step * 4096,
      read: async (start: number, end: number) => {
        read += end - start
        const part = Buffer.alloc(end - start)
        part.writeUInt32BE(step, 0)
        part.write('free', 4)
        return part
      },
    }
    await expect(probeVideo(source, mp4)).rejects.toMatchObject({ code: 'video_invalid' })
    expect(read).toBeLessThanOrEqual(64 * 1024 ** 2)
  })

  test('deep nesting, without following it', async () => {
    let nested: Buffer = box('mdia')
    for (let depth = 0; depth < 5000; depth++) nested = Buffer.concat([box('mdia'), nested])
    let deep: Buffer = Buffer.alloc(0)
    for (let depth = 0; depth < 5000; depth++) deep = box('mdia', deep)
    expect(await reasonOf(box('moov', box('trak', deep)))).toContain('没有视频画面')
    expect(await reasonOf(box('moov', box('trak', nested)))).toContain('过多')
  })
})

describe('probeVideo survives', () => {
  test.each(['stts', 'ctts', 'stsz', 'stsc', 'stsd', 'elst'])(
    'a forged count of 2^32 in %s',
    async (table) => {
      const at = table === 'stsz' ? 12 : 8
      const bytes = forged('moov-first.mp4', table, at, 0xffff_ffff)
      expect(await probeVideo(sourceOf(bytes), mp4)).toMatchObject({ durationSeconds: 2, width: 320 })
    },
  )

  const edit = fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), value: fc.nat(255) })
  test.each([
    ['moov-first.mp4', 'moov', 2800],
    ['moov-last.mp4', 'moov', 2800],
    ['rotated.mp4', 'moov', 2800],
    ['clip.mkv', '', 700],
    ['clip.webm', '', 700],
  ])('any damage to the header of %s, within bounded reads', async (name, mark, span) => {
    const whole = fixture(name)
    const type = await typeOf(whole)
    const start = whole.indexOf(mark)
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat(whole.length)),
        async (edits, cut) => {
          const bytes = Buffer.from(whole)
          for (const { at, value } of edits) {
            bytes[start + Math.floor(at * Math.min(span, bytes.length - start))] = value
          }
          const source = sourceOf(cut === null ? bytes : bytes.subarray(0, cut))
          const outcome = await probeVideo(source, type).catch((error: unknown) => error)
          if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'video_invalid' })
          else expect(outcome).toHaveProperty('videoCodec')
          for (const [from, to] of source.reads) {
            expect(from >= 0 && from < to && to <= source.length && to - from <= 65_536).toBe(true)
          }
          expect(source.reads.length).toBeLessThan(100)
        },
      ),
      { numRuns: 400 },
    )
  })
})

describe('Window', () => {
  test('gives up a read that does not end when the time is up', async () => {
    const time = new AbortController()
    const window = new Window({ length: 10, read: () => new Promise(() => undefined) }, time.signal)
    const taken = window.take(0, 4)
    time.abort()
    await expect(taken).rejects.toMatchObject({ code: 'storage_failed' })
  })

  test('serves neighbouring reads from one window', async () => {
    const source = sourceOf(Buffer.from('0123456789'))
    const window = new Window(source, new AbortController().signal)
    expect((await window.take(2, 3)).toString()).toBe('234')
    expect((await window.take(7, 3)).toString()).toBe('789')
    expect(source.reads).toEqual([[2, 10]])
  })
})
