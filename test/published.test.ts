import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publish } from '../src/published.ts'

const facts = { baseUrl: 'http://127.0.0.1:4321', pid: 77, version: '1.2.3' }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hongyan-published-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const read = async () => JSON.parse(await readFile(join(folder, 'gateway.json'), 'utf8'))

describe('gateway.json', () => {
  it('says where the gateway serves, to its owner only, and is gone afterwards', async () => {
    const remove = await publish(folder, facts)
    expect(await read()).toEqual(facts)
    expect((await stat(join(folder, 'gateway.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['gateway.json'])
    await remove()
    expect(await readdir(folder)).toEqual([])
    await expect(remove()).resolves.toBeUndefined()
  })

  it('takes the place of what a gateway that crashed had written', async () => {
    await publish(folder, { ...facts, pid: 1 })
    await publish(folder, facts)
    expect(await read()).toEqual(facts)
  })

  it('stays when another gateway has written its own meanwhile', async () => {
    const remove = await publish(folder, facts)
    const other = { ...facts, pid: 78 }
    await publish(folder, other)
    await remove()
    expect(await read()).toEqual(other)
  })
})
