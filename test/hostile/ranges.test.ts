import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRange } from '../../src/media/range.ts'
import { fc } from '../rigs/properties.ts'
import { startWorld, video, type World } from '../stories/refusal.ts'

let world: World
let link = ''
beforeAll(async () => {
  world = await startWorld({ HONGYAN_TOKEN_REQUEST_RATE: '0' })
  const { data } = await world.postVideo()
  const body = { appId: world.sender.appId, fileId: data.fileId, aesKey: data.aesKey, type: '4' }
  const reply = await world.gateway.post('/message/downloadCdn', body)
  link = `${world.gateway.baseUrl}${new URL(String(reply.data.fileUrl), 'http://a').pathname}`
})
afterAll(() => world.close())

const digits = fc.oneof(
  fc.constantFrom('', '0', '00', '1', '15', '16', '17', '+1', '-1', '1.0', '1e1', '0x1', '٣', '１'),
  fc.constantFrom('9007199254740991', '9007199254740992', '999999999999999', '9'.repeat(16), '9'.repeat(400)),
  fc.nat({ max: video.length + 20 }).map(String),
)
const space = fc.constantFrom('', ' ', '  ', '\t')
const part = fc
  .tuple(space, digits, space, fc.constantFrom('-', '-', '-', '--', '', '/'), space, digits, space)
  .map((all) => all.join(''))
const header = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('bytes', 'bytes', 'bytes', 'Bytes', 'items', ''),
        space,
        fc.constantFrom('=', '=', '==', ''),
        fc.array(part, { minLength: 1, maxLength: 3 }),
      )
      .map(([unit, gap, sign, parts]) => `${unit}${gap}${sign}${parts.join(',')}`),
  },
  fc.string({ unit: 'binary', maxLength: 40 }),
)

describe('a Range header', { timeout: 120_000 }, () => {
  test('is a part within the body, the whole, or none, whatever it says', () => {
    fc.assert(
      fc.property(
        header,
        fc.constantFrom(0, 1, 16, video.length, Number.MAX_SAFE_INTEGER),
        (text, length) => {
          const range = readRange(text, length)
          if (range === 'whole' || range === 'none') return
          expect(Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end)).toBe(true)
          expect(0 <= range.start && range.start < range.end && range.end <= length).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('brings exactly the bytes that the answer names, over HTTP too', async () => {
    const counts = { 200: 0, 206: 0, 416: 0 }
    // What cannot stand in a header never leaves the client.
    const sendable = header.filter((text) => /^[\t\x20-\x7e]*$/.test(text))
    await fc.assert(
      fc.asyncProperty(sendable, async (text) => {
        const response = await fetch(link, { headers: { range: text } })
        const bytes = Buffer.from(await response.arrayBuffer())
        const { status } = response
        if (status === 206) {
          const [, first, last] =
            /^bytes (\d+)-(\d+)\/18824$/.exec(response.headers.get('content-range') ?? '') ?? []
          expect(bytes.equals(video.subarray(Number(first), Number(last) + 1)), text).toBe(true)
          expect(bytes.length, text).toBeGreaterThan(0)
        } else if (status === 416) {
          expect(response.headers.get('content-range')).toBe('bytes */18824')
        } else {
          expect(status, text).toBe(200)
          expect(bytes.equals(video), text).toBe(true)
        }
        if (status === 200 || status === 206 || status === 416) counts[status] += 1
      }),
      { numRuns: 150, examples: [['bytes=0-0'], ['bytes=99999-'], ['lines=0-1']] },
    )
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0)
  })

  test.each([
    ['thousands of parts', `bytes=${'0-0,'.repeat(3000)}1-1`],
    ['a number of thousands of digits', `bytes=0-${'9'.repeat(12_000)}`],
    ['thousands of spaces', `bytes=0${' '.repeat(12_000)}-1`],
    ['thousands of dashes', `bytes=${'-'.repeat(12_000)}`],
  ])('of %s costs one answer', async (_, text) => {
    const response = await fetch(link, { headers: { range: text } })
    await response.arrayBuffer()
    expect([200, 206]).toContain(response.status)
  })
})
