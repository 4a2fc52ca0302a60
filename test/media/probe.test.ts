import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { probeVideo } from '../../src/media/probe.ts'
import { fixture, sourceOf, typeOf } from './probe-source.ts'

async function probe(bytes: Buffer) {
  return probeVideo(sourceOf(bytes), await typeOf(bytes))
}

describe('probeVideo tells play length, shown size and codecs of', () => {
  const h264 = { width: 320, height: 180, videoCodec: 'h264', audioCodec: 'aac' }
  test.each([
    ['an MP4 whose moov stands first', 'moov-first.mp4', { ...h264, durationSeconds: 2 }],
    ['an MP4 whose moov stands last', 'moov-last.mp4', { ...h264, durationSeconds: 2 }],
    ['a QuickTime movie', 'clip.mov', { ...h264, durationSeconds: 2 }],
    [
      'a fragmented MP4, which does not tell its length',
      'fragmented.mp4',
      { ...h264, durationSeconds: undefined },
    ],
    ['a video on its side', 'rotated.mp4', { ...h264, durationSeconds: 2, width: 180, height: 320 }],
    [
      'wide pixels without sound',
      'anamorphic.mp4',
      { ...h264, durationSeconds: 2, width: 640, audioCodec: undefined },
    ],
    ['a Matroska file', 'clip.mkv', { ...h264, durationSeconds: 2.046 }],
    ['a WebM', 'clip.webm', { ...h264, durationSeconds: 2.008, videoCodec: 'vp8', audioCodec: 'opus' }],
  ])('%s', async (_what, name, facts) => {
    expect(await probe(fixture(name))).toEqual(facts)
  })

  test('the demo video', async () => {
    const bytes = readFileSync(new URL('../../assets/demo/hongyan.mp4', import.meta.url))
    expect(await probe(bytes)).toEqual({ ...h264, durationSeconds: 10, width: 1280, height: 720 })
  })

  test('an MP4 whose sound is MP3', async () => {
    const bytes = fixture('moov-first.mp4')
    const esds = bytes.indexOf('esds')
    // Object type 0x40 (AAC) follows the tag and the length of the decoder configuration.
    const type = bytes.indexOf(Buffer.from([0x04, 0x80, 0x80, 0x80]), esds) + 5
    expect(bytes[type]).toBe(0x40)
    bytes[type] = 0x6b
    expect(await probe(bytes)).toMatchObject({ audioCodec: 'mp3' })
  })
})

describe('probeVideo', () => {
  test('reads nothing of a type it cannot measure', async () => {
    const source = sourceOf(fixture('clip.mpegts'))
    const facts = await probeVideo(source, await typeOf(fixture('clip.mpegts')))
    expect(facts.durationSeconds).toBeUndefined()
    expect(source.reads).toEqual([])
  })

  test('needs three reads of 64 KiB for 1 GiB with the index at the end', async () => {
    const bytes = fixture('moov-last.mp4')
    const moov = bytes.indexOf('moov') - 4
    const mdat = bytes.indexOf('mdat') - 4
    const head = Buffer.alloc(mdat + 16)
    bytes.copy(head, 0, 0, mdat)
    const length = 1024 ** 3
    const moovAt = length - (bytes.length - moov)
    head.writeUInt32BE(1, mdat)
    head.write('mdat', mdat + 4)
    head.writeBigUInt64BE(BigInt(moovAt - mdat), mdat + 8)
    const reads: number[] = []
    const facts = await probeVideo(
      {
        length,
        read: async (start, end) => {
          reads.push(end - start)
          const part = Buffer.alloc(end - start)
          if (start < head.length) head.copy(part, 0, start)
          if (end > moovAt) bytes.copy(part, Math.max(0, moovAt - start), moov + Math.max(0, start - moovAt))
          return part
        },
      },
      await typeOf(bytes),
    )
    expect(facts).toMatchObject({ durationSeconds: 2, width: 320, height: 180 })
    expect(reads.length).toBeLessThanOrEqual(3)
    expect(Math.max(...reads)).toBeLessThanOrEqual(64 * 1024)
  })

  test('leaves a play length of years undefined', async () => {
    const bytes = fixture('moov-first.mp4')
    const mvhd = bytes.indexOf('mvhd')
    bytes.writeUInt32BE(1, mvhd + 16)
    bytes.writeUInt32BE(0xffff_fffe, mvhd + 20)
    expect(await probe(bytes)).toMatchObject({ durationSeconds: undefined, width: 320 })
  })

  test('hands on what the source throws', async () => {
    const broken = new Error('disk gone')
    const source = { length: 10_000, read: () => Promise.reject(broken) }
    await expect(probeVideo(source, await typeOf(fixture('moov-first.mp4')))).rejects.toBe(broken)
  })
})
