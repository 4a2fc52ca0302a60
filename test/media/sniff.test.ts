import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sniffVideo } from '../../src/media/sniff.ts'
import { fc } from '../rigs/properties.ts'
import { fixture } from './probe-source.ts'

describe('sniffVideo', () => {
  test.each([
    ['moov-first.mp4', 'video/mp4', 'mp4', true],
    ['moov-last.mp4', 'video/mp4', 'mp4', true],
    ['fragmented.mp4', 'video/mp4', 'mp4', true],
    ['clip.mov', 'video/quicktime', 'mov', true],
    ['clip.webm', 'video/webm', 'webm', true],
    ['clip.mkv', 'video/matroska', 'mkv', true],
    ['clip.mpegts', 'video/mp2t', 'mts', false],
    ['clip.avi', 'video/vnd.avi', 'avi', false],
  ])('knows %s by its bytes', async (name, mime, extension, measurable) => {
    expect(await sniffVideo(fixture(name))).toEqual({ mime, extension, measurable })
  })

  test('needs no more than the first 4100 bytes', async () => {
    expect(await sniffVideo(fixture('moov-last.mp4').subarray(0, 4100))).toMatchObject({ mime: 'video/mp4' })
  })

  test.each([
    ['a web page', Buffer.from('<!doctype html><html><body>404 Not Found</body></html>')],
    ['JSON', Buffer.from('{"error":"expired"}')],
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(4100)],
    ['an MP3', fixture('tone.mp3')],
    ['an M4A', fixture('tone.m4a')],
    ['a JPEG', readFileSync(new URL('../../assets/demo/hongyan.jpg', import.meta.url))],
  ])('takes %s for no video', async (_name, bytes) => {
    expect(await sniffVideo(bytes)).toBeUndefined()
  })

  test('answers for any bytes, also behind a known beginning', async () => {
    const heads = ['moov-first.mp4', 'clip.webm', 'clip.mpegts', 'clip.avi', 'tone.mp3'].map((name) =>
      fixture(name).subarray(0, 48),
    )
    const head = fc.constantFrom(Buffer.alloc(0), ...heads)
    await fc.assert(
      fc.asyncProperty(head, fc.nat(48), fc.uint8Array({ maxLength: 200 }), async (start, cut, rest) => {
        const type = await sniffVideo(Buffer.concat([start.subarray(0, cut), rest]))
        expect(type === undefined || type.mime.startsWith('video/')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
