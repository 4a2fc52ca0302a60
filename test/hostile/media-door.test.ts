import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixture } from '../media/probe-source.ts'
import { serve } from '../rigs/origin.ts'
import { fc } from '../rigs/properties.ts'
import { expectRefusal, picture, startWorld, stockOf, video, type World } from '../stories/refusal.ts'
import { box, element } from './containers.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ HONGYAN_TOKEN_REQUEST_RATE: '0' })
})
afterAll(() => world.close())

const ftyp = box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2avc1mp41', 'latin1'))
const moov = video.subarray(
  video.indexOf('moov') - 4,
  video.indexOf('moov') - 4 + video.readUInt32BE(video.indexOf('moov') - 4),
)
const ebml = element('1a45dfa3', element('4282', Buffer.from('webm')))

/** Headers that lie, one a line; each goes the whole way of a video that is sent. */
const lies: [string, Buffer][] = [
  ['a box of no length at the end', Buffer.concat([ftyp, box({ type: 'mdat', size: 0 })])],
  ['a box shorter than its header', Buffer.concat([ftyp, box({ type: 'free', size: 4 }), moov])],
  ['a box of 2^32', Buffer.concat([ftyp, box({ type: 'mdat', size: 0xffff_ffff }), moov])],
  ['a box of 2^64', Buffer.concat([ftyp, box({ type: 'mdat', size: 1, wide: 2n ** 64n - 1n }), moov])],
  ['a box that ends where it began', Buffer.concat([ftyp, box({ type: 'free', size: 1, wide: 0n }), moov])],
  ['an index within itself', Buffer.concat([ftyp, box('moov', box('moov', box('moov', moov)))])],
  [
    'an index that fills all',
    Buffer.concat([
      ftyp,
      box({ type: 'moov', size: 0 }, box({ type: 'trak', size: 0 }, box({ type: 'mdia', size: 0 }))),
    ]),
  ],
  ['five thousand boxes', Buffer.concat([ftyp, ...Array(5000).fill(box('free'))])],
  [
    'an index of 100,000 entries',
    Buffer.concat([ftyp, box('moov', ...Array(250).fill(box('trak', ...Array(250).fill(box('free')))))]),
  ],
  [
    'a segment of no end and nothing in it',
    Buffer.concat([ebml, element('18538067', Buffer.alloc(0), Buffer.from('ff', 'hex'))]),
  ],
  [
    'elements of 2^56',
    Buffer.concat([
      ebml,
      element('18538067', Buffer.from('1654ae6b01fffffffffffffe', 'hex'), Buffer.from('ff', 'hex')),
    ]),
  ],
  [
    'tracks within tracks',
    Buffer.concat([
      ebml,
      element(
        '18538067',
        Array(200)
          .fill(0)
          .reduce((inner: Buffer) => element('1654ae6b', inner), Buffer.alloc(0)),
      ),
    ]),
  ],
]

describe('a video that is sent by URL and has', () => {
  test.each(lies)('%s is refused in words, with and without a frame of it', async (_, bytes) => {
    world.origin.route('/lie', serve(bytes, { type: 'video/mp4' }))
    for (const thumbUrl of [world.link('/t.jpg'), '']) {
      const ask = () => world.postVideo({ videoUrl: world.link('/lie'), thumbUrl })
      await expectRefusal(world.gateway, ask, { code: 'video_invalid' })
    }
  })
})

test('any damage to the head of a video or a picture is taken or refused, and the gateway lives', {
  timeout: 120_000,
}, async () => {
  const films = [
    video,
    fixture('moov-last.mp4'),
    fixture('clip.webm'),
    fixture('clip.avi'),
    fixture('fragmented.mp4'),
  ]
  const edits = fc.array(fc.tuple(fc.nat(1200), fc.constantFrom(0, 1, 8, 0x7f, 0x80, 0xff)), { maxLength: 4 })
  let count = 0
  const codes = new Set<unknown>()
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...films), edits, edits, async (film, first, second) => {
      count += 1
      const damaged = (whole: Buffer, changes: readonly (readonly [number, number])[]) => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        return serve(bytes)
      }
      const [videoPath, thumbPath] = [`/damaged-${count}`, `/damaged-${count}.jpg`]
      world.origin.route(videoPath, damaged(film, first))
      world.origin.route(thumbPath, damaged(picture, second))
      const { status, ret, data } = await world.postVideo({
        videoUrl: world.link(videoPath),
        thumbUrl: world.link(thumbPath),
      })
      expect(status).toBe(200)
      const code = ret === 200 ? 'sent' : data.code
      codes.add(code)
      expect(['sent', 'video_invalid', 'thumb_invalid']).toContain(code)
    }),
    { numRuns: 60 },
  )
  expect(codes.size).toBeGreaterThan(1)
  expect((await fetch(`${world.gateway.baseUrl}/healthz`)).status).toBe(200)
  expect((await stockOf(world.gateway)).files.filter((file) => file.includes('staging'))).toEqual([])
})
