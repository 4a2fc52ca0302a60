import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digests, startDigests } from '../../src/media/digests.ts'
import { chunksOf } from '../conformance/blob-source.ts'
import { fc } from '../rigs/properties.ts'

function expected(content: Buffer) {
  const digest = (algorithm: string) => createHash(algorithm).update(content).digest('hex')
  return { md5: digest('md5'), sha256: digest('sha256') }
}

describe('digests', () => {
  let digests: Digests
  beforeEach(() => {
    digests = startDigests()
  })
  afterEach(() => digests.close())

  async function digestOf(source: AsyncIterable<Buffer>) {
    const digest = digests.start()
    for await (const chunk of source) await digest.update(chunk)
    return digest.finish()
  }

  it('gives the digests of a stream without bytes', async () => {
    expect(await digests.start().finish()).toEqual(expected(Buffer.alloc(0)))
  })

  it('gives what node:crypto gives, for any stream in any chunks', async () => {
    const content = randomBytes(9 * 1024 * 1024)
    const sizes = fc.oneof(fc.integer({ min: 200, max: 3000 }), fc.integer({ min: 1, max: 3_000_000 }))
    await fc.assert(
      fc.asyncProperty(fc.nat(700_000), sizes, async (length, size) => {
        const part = content.subarray(0, length)
        expect(await digestOf(chunksOf(part, size))).toEqual(expected(part))
      }),
      { numRuns: 20 },
    )
    for (const [length, size] of [
      [6 * 1024 * 1024 + 1, 65_536],
      [9 * 1024 * 1024, 1_000_003],
      [9 * 1024 * 1024, 9 * 1024 * 1024],
      [1024 * 1024, 1024 * 1024],
    ] as const) {
      const part = content.subarray(0, length)
      expect(await digestOf(chunksOf(part, size))).toEqual(expected(part))
    }
  })

  it('keeps hundreds of streams apart that come at once', async () => {
    const contents = Array.from({ length: 300 }, (_, index) => Buffer.alloc(300_000 + index, `${index} `))
    const found = await Promise.all(contents.map((content) => digestOf(chunksOf(content, 40_000))))
    expect(found).toEqual(contents.map(expected))
  })

  it('goes on with others while streams that have begun wait for their origins', async () => {
    const stalled = Array.from({ length: 50 }, () => digests.start())
    for (const each of stalled) await each.update(Buffer.alloc(300_000, 1))
    for (const each of stalled) await each.update(Buffer.alloc(100_000, 2))
    const content = randomBytes(8 * 1024 * 1024)
    expect(await digestOf(chunksOf(content, 100_000))).toEqual(expected(content))
    const whole = expected(Buffer.concat([Buffer.alloc(300_000, 1), Buffer.alloc(100_000, 2)]))
    for (const each of stalled) expect(await each.finish()).toEqual(whole)
  })

  it('lets a stream be dropped, before and after its end, without harm to others', async () => {
    const dropped = digests.start()
    await dropped.update(Buffer.alloc(2_000_000))
    dropped.drop()
    const ended = digests.start()
    await ended.update(Buffer.from('x'))
    expect(await ended.finish()).toEqual(expected(Buffer.from('x')))
    ended.drop()
    const content = randomBytes(7 * 1024 * 1024)
    expect(await digestOf(chunksOf(content, 500_000))).toEqual(expected(content))
  })

  it('takes no note of a chunk that the caller reuses once it may give the next', async () => {
    const reused = Buffer.alloc(1024 * 1024)
    const digest = digests.start()
    for (const byte of [1, 2, 3]) {
      reused.fill(byte)
      await digest.update(reused)
    }
    const whole = Buffer.concat([1, 2, 3].map((byte) => Buffer.alloc(1024 * 1024, byte)))
    expect(await digest.finish()).toEqual(expected(whole))
  })
})

describe('closed digests', () => {
  it('fail a stream that waits for its end', async () => {
    const digests = startDigests()
    const digest = digests.start()
    await digest.update(Buffer.alloc(10))
    const outcome = digest.finish().catch((error: unknown) => error)
    await digests.close()
    expect(await outcome).toBeInstanceOf(Error)
  })

  it('fail a stream that ends afterwards', async () => {
    const digests = startDigests()
    const digest = digests.start()
    await digests.close()
    await expect(digest.finish()).rejects.toThrow(/closed/)
  })

  it('fail a stream in the middle, and let none wait for a slab that nobody gives back', {
    timeout: 5000,
  }, async () => {
    const digests = startDigests()
    const digest = digests.start()
    await digests.close()
    const work = async () => {
      for (let count = 0; count < 10; count += 1) await digest.update(Buffer.alloc(1024 * 1024))
    }
    await expect(work()).rejects.toThrow(/closed/)
  })
})
