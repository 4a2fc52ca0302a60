import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BlobCarrier, blobFile, holds } from '../../src/cli/blob-files.ts'
import { sealedLength } from '../../src/media/seal.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hongyan-blobs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function keep(root: string, key: string, bytes: number) {
  const shard = join(folder, root, key.slice(0, 2))
  mkdirSync(shard, { recursive: true })
  writeFileSync(join(shard, key), Buffer.alloc(bytes, root))
}
const read = (root: string, key: string) => readFileSync(join(folder, root, key.slice(0, 2), key))
const carrier = (...sources: string[]) =>
  new BlobCarrier(
    sources.map((source) => join(folder, source)),
    join(folder, 'backup'),
  )

test('the length of a file follows from its row as it does where it is sealed', () => {
  for (const length of [0, 1, 15, 16, 17, 1_039_048])
    expect(blobFile({ blob_key: 'aabb', length })).toEqual({ key: 'aabb', bytes: sealedLength(length) })
})

test.each(['../../../etc/passwd', 'aa/bb', 'AABB', 'aab', ''])('a key such as %j is refused', (key) => {
  expect(() => blobFile({ blob_key: key, length: 1 })).toThrow('a key that no gateway makes')
})

test('what is dropped after the first pass stays in the backup, and what came meanwhile is added', async () => {
  const [old, dropped, fresh] = ['aa-old', 'bb-dropped', 'cc-new'].map((key) => ({ key, bytes: 16 }))
  if (!old || !dropped || !fresh) throw new Error('three blobs')
  keep('live', old.key, 16)
  keep('live', dropped.key, 16)
  const to = carrier('live')
  expect(await to.bring([old, dropped])).toEqual([])
  rmSync(join(folder, 'live/bb'), { recursive: true })
  keep('live', fresh.key, 16)
  expect(await to.bring([old, dropped, fresh])).toEqual([])
  for (const blob of [old, dropped, fresh]) expect(await holds(join(folder, 'backup'), blob)).toBe(true)
  expect(to.facts).toEqual({ files: 3, bytes: 48, copied: 0 })
})

test('the first source that has the whole blob gives it; one that has a part gives nothing', async () => {
  const blob = { key: 'aa-blob', bytes: 32 }
  keep('former', blob.key, 16)
  expect(await carrier('former').bring([blob])).toEqual([blob])
  keep('live', blob.key, 32)
  expect(await carrier('former', 'live').bring([blob])).toEqual([])
  expect(read('backup', blob.key)).toEqual(read('live', blob.key))
})
