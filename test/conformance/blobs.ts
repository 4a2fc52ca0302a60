import { randomBytes, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Blobs } from '../../src/blobs/blobs.ts'
import { fc } from '../rigs/properties.ts'
import {
  brokenSource,
  chunksOf,
  codeOf,
  committed,
  gatedSource,
  keysOf,
  pieced,
  streamed,
} from './blob-source.ts'

/** A place for blobs that holds none yet. */
export interface OpenBlobs {
  readonly blobs: Blobs
  dispose(): Promise<void>
}

/** Every rule of the contract in src/blobs/blobs.ts that a caller can see, for any place that keeps blobs. */
export function blobsConformance(name: string, open: () => Promise<OpenBlobs>): void {
  describe(`blobs on ${name}`, () => {
    let place: OpenBlobs
    let blobs: Blobs
    beforeEach(async () => {
      place = await open()
      blobs = place.blobs
    })
    afterEach(async () => {
      await place.dispose()
    })

    describe('staging', () => {
      it.each([
        { what: 'one byte', bytes: 1, chunk: 1 },
        { what: 'many small chunks', bytes: 3 * 1024 * 1024 + 7, chunk: 13 },
        { what: 'few large chunks', bytes: 20 * 1024 * 1024 + 1, chunk: 9 * 1024 * 1024 },
      ])('takes a stream of $what', async ({ bytes, chunk }) => {
        const content = randomBytes(bytes)
        const staged = await blobs.stage(chunksOf(content, chunk))
        expect(staged.length).toBe(bytes)
        await staged.commit('some-key')
        const { equal, length } = await streamed(blobs, 'some-key', content)
        expect({ equal, length }).toEqual({ equal: true, length: bytes })
      })

      it.each([
        { what: 'no chunk', chunks: [] },
        { what: 'only empty chunks', chunks: [Buffer.alloc(0), Buffer.alloc(0)] },
      ])('takes a stream of $what as an empty blob', async ({ chunks }) => {
        const staged = await blobs.stage(streamOf(chunks))
        expect(staged.length).toBe(0)
        await staged.commit('some-key')
        expect(await blobs.read('some-key', { start: 0, end: 10 })).toHaveLength(0)
        expect(await keysOf(blobs)).toEqual(['some-key'])
      })

      it.each([
        { when: 'at once', before: 0 },
        { when: 'after a few bytes', before: 10 },
        { when: 'after megabytes', before: 5 * 1024 * 1024 },
      ])("passes the source's own error on when it throws $when, and keeps nothing", async ({ before }) => {
        const error = new Error('the origin went away')
        const outcome = await blobs.stage(brokenSource(before, error)).catch((thrown: unknown) => thrown)
        expect(outcome).toBe(error)
        expect(await keysOf(blobs)).toEqual([])
      })

      it('keeps two streams apart that come at the same time', async () => {
        const [first, second] = [randomBytes(3_000_000), randomBytes(3_000_000)]
        const staged = await Promise.all([
          blobs.stage(chunksOf(first, 100_000)),
          blobs.stage(chunksOf(second, 70_000)),
        ])
        await Promise.all([staged[0].commit('first-key'), staged[1].commit('second-key')])
        expect((await streamed(blobs, 'first-key', first)).equal).toBe(true)
        expect((await streamed(blobs, 'second-key', second)).equal).toBe(true)
      })

      it('lets others through while a source pauses, and takes all of it in the end', async () => {
        const content = randomBytes(2_500_000)
        const { source, resume } = gatedSource(content)
        const slow = blobs.stage(source)
        await committed(blobs, 'quick-key', randomBytes(100))
        resume()
        const staged = await slow
        await staged.commit('slow-key')
        expect((await streamed(blobs, 'slow-key', content)).equal).toBe(true)
      })

      it('reads what is staged before it has a key', async () => {
        const content = randomBytes(200_000)
        const staged = await blobs.stage(chunksOf(content, 7000))
        expect(await staged.read({ start: 150_001, end: 150_020 })).toEqual(
          content.subarray(150_001, 150_020),
        )
        expect(await staged.read({ start: 0, end: 200_000 })).toEqual(content)
        await staged.discard()
      })
    })

    describe('committing', () => {
      it('lets whoever still holds the staged blob go on reading it', async () => {
        const content = randomBytes(100_000)
        const staged = await blobs.stage(chunksOf(content, 7000))
        await staged.commit('some-key')
        expect(await staged.read({ start: 50_001, end: 50_020 })).toEqual(content.subarray(50_001, 50_020))
      })

      it('lists a blob once it is committed, and not before', async () => {
        const before = Date.now()
        const staged = await blobs.stage(chunksOf(Buffer.from('hello'), 5))
        expect(await keysOf(blobs)).toEqual([])
        await staged.commit('some-key')
        const listed: { key: string; committedAt: number }[] = []
        for await (const each of blobs.list()) listed.push(each)
        expect(listed.map(({ key }) => key)).toEqual(['some-key'])
        // A store keeps its own clock, and may round to whole seconds.
        expect(Math.abs((listed[0]?.committedAt ?? 0) - before)).toBeLessThan(60_000)
      })

      it('lists every blob once', async () => {
        const keys = Array.from({ length: 30 }, () => randomUUID()).sort()
        for (const key of keys) await committed(blobs, key, Buffer.from(key))
        expect(await keysOf(blobs)).toEqual(keys)
      })

      it('gives any range of a blob, and no more than there is', async () => {
        const content = randomBytes(70_000)
        await committed(blobs, 'some-key', content)
        const edge = fc.oneof(fc.nat(70_100), fc.nat(40), fc.integer({ min: 69_960, max: 70_040 }))
        await fc.assert(
          fc.asyncProperty(edge, edge, async (one, other) => {
            const range = { start: Math.min(one, other), end: Math.max(one, other) }
            const expected = content.subarray(range.start, range.end)
            expect((await blobs.read('some-key', range)).equals(expected)).toBe(true)
            expect((await pieced(blobs, 'some-key', range)).equals(expected)).toBe(true)
          }),
          {
            numRuns: 60,
            examples: [
              [0, 0],
              [500, 500],
              [70_000, 70_000],
              [0, 70_000],
            ],
          },
        )
      })

      it('lets a stream be left in the middle', async () => {
        const content = randomBytes(3_000_000)
        await committed(blobs, 'some-key', content)
        const pieces = blobs.pieces('some-key', { start: 0, end: content.length })[Symbol.asyncIterator]()
        expect(await pieces.next()).toMatchObject({ done: false })
        await pieces.return?.()
        expect(await pieces.next()).toMatchObject({ done: true })
        expect((await streamed(blobs, 'some-key', content)).equal).toBe(true)
      })

      it('gives the pieces of a long blob in little memory, to a reader that is done with each before the next', async () => {
        const content = randomBytes(5_000_001)
        await committed(blobs, 'some-key', content)
        const memories = new Set<ArrayBufferLike>()
        let at = 0
        for await (const piece of blobs.pieces('some-key', { start: 0, end: content.length })) {
          expect(piece.equals(content.subarray(at, at + piece.length))).toBe(true)
          memories.add(piece.buffer)
          at += piece.length
        }
        expect(at).toBe(content.length)
        expect(memories.size).toBeLessThanOrEqual(2)
        const range = { start: 7, end: content.length - 9 }
        const small = await pieced(blobs, 'some-key', range, 100_000)
        expect(small.equals(content.subarray(range.start, range.end))).toBe(true)
      })

      it('takes the shortest and the longest key', async () => {
        for (const key of ['abcd', '0-a-', 'k'.repeat(128)]) {
          await committed(blobs, key, Buffer.from(key))
          expect((await blobs.read(key, { start: 0, end: 200 })).toString()).toBe(key)
        }
      })
    })

    describe('discarding and deleting', () => {
      it('forgets a discarded blob, however often it is discarded', async () => {
        const staged = await blobs.stage(chunksOf(Buffer.from('hello'), 5))
        await staged.discard()
        await staged.discard()
        expect(await keysOf(blobs)).toEqual([])
      })

      it('keeps a committed blob when it is discarded later', async () => {
        const staged = await blobs.stage(chunksOf(Buffer.from('hello'), 5))
        await staged.commit('some-key')
        await staged.discard()
        expect((await blobs.read('some-key', { start: 0, end: 5 })).toString()).toBe('hello')
      })

      it('deletes one blob, and minds neither a second time nor a key that never was', async () => {
        await committed(blobs, 'some-key', Buffer.from('hello'))
        await committed(blobs, 'some-other-key', Buffer.from('hello'))
        await blobs.delete('some-key')
        await blobs.delete('some-key')
        await blobs.delete('never-was')
        expect(await keysOf(blobs)).toEqual(['some-other-key'])
        expect(await codeOf(() => blobs.read('some-key', { start: 0, end: 5 }))).toBe('media_gone')
      })

      it.each([
        { what: 'all of it', range: { start: 0, end: 10 } },
        { what: 'nothing of it', range: { start: 0, end: 0 } },
      ])('says that a blob is gone to whoever wants $what', async ({ range }) => {
        expect(await codeOf(() => blobs.read('never-was', range))).toBe('media_gone')
        expect(await codeOf(() => pieced(blobs, 'never-was', range))).toBe('media_gone')
      })
    })

    it.each(['', 'abc', '-abc', 'Abcd', 'ab/cd', 'ab.cd', '../../etc/passwd', 'abcd\n', 'ab\0cd'])(
      'refuses %j as a key, whatever is asked',
      async (key) => {
        const range = { start: 0, end: 1 }
        const staged = await blobs.stage(chunksOf(Buffer.from('x'), 1))
        expect(await codeOf(() => staged.commit(key))).toBe('RangeError')
        await staged.discard()
        expect(await codeOf(() => blobs.read(key, range))).toBe('RangeError')
        expect(await codeOf(() => pieced(blobs, key, range))).toBe('RangeError')
        expect(await codeOf(() => blobs.delete(key))).toBe('RangeError')
        expect(await keysOf(blobs)).toEqual([])
      },
    )

    it('refuses a key that is too long', async () => {
      expect(await codeOf(() => blobs.read('k'.repeat(129), { start: 0, end: 1 }))).toBe('RangeError')
    })

    it('answers a ping and leaves nothing of it', async () => {
      await blobs.ping()
      expect(await keysOf(blobs)).toEqual([])
    })
  })
}

async function* streamOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}
