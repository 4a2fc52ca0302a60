import { expect, test } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { probeVideo } from '../../src/media/probe.ts'
import { fc } from '../rigs/properties.ts'
import { box, element } from './containers.ts'

/** Probes the bytes, and looks at what was asked of them. */
async function expectSound(bytes: Buffer, mime: string): Promise<'read' | 'refused'> {
  let [reads, asked] = [0, 0]
  const source = {
    length: bytes.length,
    read: async (start: number, end: number) => {
      expect(0 <= start && start < end && end <= bytes.length && end - start <= 65_536).toBe(true)
      reads += 1
      asked += end - start
      return bytes.subarray(start, end)
    },
  }
  const outcome = await probeVideo(source, { mime, extension: 'x', measurable: true }).catch(
    (error: unknown) => error,
  )
  expect(reads).toBeLessThanOrEqual(1024)
  expect(asked).toBeLessThanOrEqual(64 * 1024 ** 2)
  if (outcome instanceof Error) {
    expect(outcome).toBeInstanceOf(GatewayError)
    expect(outcome).toMatchObject({
      code: 'video_invalid',
      reason: expect.stringMatching(/\p{Script=Han}{2}/u),
    })
    return 'refused'
  }
  const { width, height, durationSeconds } = outcome as Awaited<ReturnType<typeof probeVideo>>
  for (const side of [width, height]) expect(side === undefined || (side > 0 && side <= 65_535)).toBe(true)
  expect(durationSeconds === undefined || (durationSeconds > 0 && durationSeconds <= 30 * 24 * 3600)).toBe(
    true,
  )
  return 'read'
}

/** Sizes that end before their header, in it, at once, far away, or nowhere; most are as they should be. */
const lying = <T>(lies: fc.Arbitrary<T>) => fc.option(lies, { nil: undefined, freq: 6 })
const size32 = fc.constantFrom(0, 1, 2, 7, 8, 9, 15, 16, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff)
const size64 = fc.constantFrom(
  0n,
  1n,
  8n,
  15n,
  16n,
  17n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n + 1n,
  2n ** 63n,
  2n ** 64n - 1n,
)
const bytes = fc.uint8Array({ maxLength: 120 }).map((array) => Buffer.from(array))

test('MP4 boxes of any nesting and length are read within bounds or refused in words', async () => {
  const type = fc.constantFrom(
    'moov',
    'trak',
    'mdia',
    'minf',
    'stbl',
    'stsd',
    'mvhd',
    'tkhd',
    'mdhd',
    'hdlr',
    'mvex',
    'mehd',
    'moof',
    'free',
    '\0\0\0\0',
  )
  const filler = fc.constantFrom(
    Buffer.alloc(84),
    Buffer.alloc(108, 1),
    Buffer.alloc(108, 255),
    Buffer.from('\0\0\0\0\0\0\0\0vide\0\0\0\0', 'latin1'),
  )
  const { boxed } = fc.letrec<{ boxed: Buffer }>((tie) => ({
    boxed: fc
      .tuple(
        type,
        fc.oneof(
          { maxDepth: 7 },
          filler,
          bytes,
          fc.array(tie('boxed'), { maxLength: 4 }).map((inner) => Buffer.concat(inner)),
        ),
        lying(
          fc.oneof(
            size32.map((size) => ({ size })),
            size64.map((wide) => ({ size: 1, wide })),
          ),
        ),
      )
      .map(([name, content, lie]) => box(lie ? { type: name, ...lie } : name, content)),
  }))
  const outcomes = new Set<string>()
  // One path that is whole down to the codec, so that lies beside it are reached.
  const media = box('hdlr', Buffer.from('\0\0\0\0\0\0\0\0vide', 'latin1'))
  const stsd = Buffer.concat([Buffer.alloc(12), Buffer.from('avc1'), Buffer.alloc(60)])
  const track = (more: Buffer) =>
    box('trak', more, box('mdia', media, more, box('minf', more, box('stbl', more, box('stsd', stsd)))))
  await fc.assert(
    fc.asyncProperty(fc.array(boxed, { maxLength: 4 }), boxed, async (around, more) => {
      const whole = Buffer.concat([
        ...around,
        box('moov', box('mvhd', Buffer.alloc(108)), more, track(more)),
        ...around,
      ])
      outcomes.add(await expectSound(whole, 'video/mp4'))
    }),
    { numRuns: 600 },
  )
  expect([...outcomes].sort()).toEqual(['read', 'refused'])
})

test('Matroska elements of any nesting and length are read within bounds or refused in words', async () => {
  const id = fc.constantFrom(
    '1549a966',
    '2ad7b1',
    '4489',
    '1f43b675',
    '1654ae6b',
    'ae',
    '83',
    '86',
    'e0',
    'b0',
    'ba',
    '54b0',
    '54ba',
    '54b2',
    '7670',
    '7675',
    'ec',
    '18538067',
    '00',
    'ff',
  )
  const sizes = fc.oneof(
    fc.constantFrom(0, 1, 9, 2 ** 31, 2 ** 32, 2 ** 53 - 1),
    fc
      .constantFrom('ff', '80', '01ffffffffffffff', '00', '0000ffffffffffffffff', '7fff', '40')
      .map((hex) => Buffer.from(hex, 'hex')),
  )
  const number = fc
    .constantFrom(
      '01',
      '00',
      '02',
      '7ff0000000000000',
      '7ff8000000000000',
      'ffffffffffffffff',
      '47efffff',
      '',
    )
    .map((hex) => Buffer.from(hex, 'hex'))
  const { told } = fc.letrec<{ told: Buffer }>((tie) => ({
    told: fc
      .tuple(
        id,
        fc.oneof(
          { maxDepth: 6 },
          number,
          bytes,
          fc.array(tie('told'), { maxLength: 4 }).map((inner) => Buffer.concat(inner)),
        ),
        lying(sizes),
      )
      .map(([name, content, lie]) => element(name, content, lie)),
  }))
  const outcomes = new Set<string>()
  const track = (more: Buffer) => element('ae', Buffer.concat([element('83', Buffer.from([1])), more]))
  await fc.assert(
    fc.asyncProperty(fc.array(told, { maxLength: 3 }), told, async (around, more) => {
      const inside = Buffer.concat([...around, element('1654ae6b', track(more)), ...around])
      outcomes.add(
        await expectSound(Buffer.concat([element('1a45dfa3'), element('18538067', inside)]), 'video/webm'),
      )
    }),
    { numRuns: 600 },
  )
  expect([...outcomes].sort()).toEqual(['read', 'refused'])
})
