import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deriveKey, secretKeyOf } from '../src/secret-key.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hongyan-key-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe("the gateway's key", () => {
  it('is the one that was given, and then no file is made', async () => {
    const given = Buffer.alloc(32, 5)
    expect(await secretKeyOf(given, folder)).toBe(given)
    expect(await readdir(folder)).toEqual([])
  })

  it('is made at the first start, readable for nobody else, and stays', async () => {
    const data = join(folder, 'data')
    const key = await secretKeyOf(undefined, data)
    expect(key).toHaveLength(32)
    expect(await secretKeyOf(undefined, data)).toEqual(key)
    expect((await readFile(join(data, 'secret.key'), 'utf8')).trim()).toBe(key.toString('hex'))
    expect((await stat(join(data, 'secret.key'))).mode & 0o777).toBe(0o600)
    expect((await stat(data)).mode & 0o777).toBe(0o700)
    expect(await readdir(data)).toEqual(['secret.key'])
  })

  it('is one key when several start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 12 }, () => secretKeyOf(undefined, folder)))
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
    expect(await readdir(folder)).toEqual(['secret.key'])
  })

  it('differs from folder to folder', async () => {
    const [one, other] = [join(folder, 'one'), join(folder, 'other')]
    expect(await secretKeyOf(undefined, one)).not.toEqual(await secretKeyOf(undefined, other))
  })

  it.each([
    ['empty', ''],
    ['cut short', 'ab'.repeat(20)],
    ['no hex', 'secret '.repeat(10)],
    ['too long', 'ab'.repeat(40)],
    ['followed by something else', `${'ab'.repeat(32)}\nand more`],
  ])('is refused where its file is %s, and the file stays', async (_, content) => {
    await writeFile(join(folder, 'secret.key'), content)
    await expect(secretKeyOf(undefined, folder)).rejects.toThrow(/does not hold 64 hex digits/)
    expect(await readFile(join(folder, 'secret.key'), 'utf8')).toBe(content)
  })

  it('gives another key for each purpose, always the same', () => {
    const key = Buffer.alloc(32, 1)
    expect(deriveKey(key, 'links')).toEqual(deriveKey(Buffer.alloc(32, 1), 'links'))
    expect(deriveKey(key, 'links')).not.toEqual(deriveKey(key, 'callbacks'))
    expect(deriveKey(key, 'links')).not.toEqual(deriveKey(Buffer.alloc(32, 2), 'links'))
    expect(deriveKey(key, 'links')).toHaveLength(32)
  })
})
