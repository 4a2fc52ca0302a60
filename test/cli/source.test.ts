import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FileSource, nameOf, openSource, piecesOf } from '../../src/cli/source.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hongyan-source-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function openFile(path: string) {
  const source = await openSource(path)
  if ('url' in source) throw new Error(`${path} was taken for a URL`)
  return source
}

async function readAll(source: FileSource, onBytes: (count: number) => void): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  for await (const piece of piecesOf(source, onBytes)) pieces.push(piece)
  return pieces
}

test('a file is read in pieces, to its end, and each is counted', async () => {
  const bytes = Buffer.alloc(700_000, 'hongyan ')
  const path = join(folder, '视频.mp4')
  writeFileSync(path, bytes)
  const source = await openFile(path)
  await using _ = source.handle
  expect(source).toMatchObject({ name: '视频.mp4', size: bytes.length })
  let counted = 0
  const pieces = await readAll(source, (count) => {
    counted += count
  })
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
  expect(pieces.length).toBeGreaterThan(1)
  expect(counted).toBe(bytes.length)
})

test('a file that becomes shorter meanwhile is not handed on as if it were whole', async () => {
  const path = join(folder, 'a.mp4')
  writeFileSync(path, Buffer.alloc(1000))
  const source = await openFile(path)
  await using _ = source.handle
  truncateSync(path, 10)
  await expect(readAll(source, () => {})).rejects.toThrow('a.mp4 became shorter')
})

test('what is no file, is empty or is not there is refused in words', async () => {
  const empty = join(folder, 'empty')
  writeFileSync(empty, '')
  await expect(openSource(empty)).rejects.toThrow(`${empty} is empty`)
  await expect(openSource(folder)).rejects.toThrow(`${folder} is not a file`)
  await expect(openSource(join(folder, 'none'))).rejects.toThrow('There is no file')
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  await expect(openSource(pipe)).rejects.toThrow(`${pipe} is not a file`)
})

test.each([
  ['http://example.com/a/%E8%A7%86%E9%A2%91.mp4?x=/y', '视频.mp4'],
  ['https://example.com/%E8', '%E8'],
  ['https://example.com/', 'file'],
  ['HTTPS://example.com', 'file'],
])('the file at %s is called %s', async (url, name) => {
  expect(nameOf(await openSource(url))).toBe(name)
})
