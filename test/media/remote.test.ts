import { createHash } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import type { Blobs } from '../../src/blobs/blobs.ts'
import { codeOf, pieced } from '../conformance/blob-source.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { empty, endless, inTurn, long, reset, serve, short, stall, status } from '../rigs/origin.ts'
import { noise } from './media-world.ts'
import { key, type RemoteWorld, sealed, startRemoteWorld } from './remote-world.ts'

const hex = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest('hex')
const paper = noise(200_003)

/** `blobs` that hand out what they staged once there are `count` of it. */
function together(blobs: Blobs, count: number): Blobs {
  let waiting = 0
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    ...blobs,
    async stage(source) {
      const staged = await blobs.stage(source)
      waiting += 1
      if (waiting === count) open()
      await gate
      return staged
    },
  }
}

describeEachEngine('a received file', ({ open }) => {
  const worlds: RemoteWorld[] = []
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close()
  })
  async function start() {
    const world = await startRemoteWorld(await open())
    worlds.push(world)
    return world
  }

  it('is not fetched before somebody asks, then once, and rests as it lay on the CDN', async () => {
    const { origin, remote, arrived, blobs, plain, database } = await start()
    const bytes = sealed(paper)
    origin.route('/body', serve(bytes))
    await arrived({ name: '报告.pdf', md5: hex('md5', paper) })
    expect(origin.hits).toEqual([])
    const media = await remote.find('tok', 'file-1')
    if (!media) throw new Error('not found')
    expect(media).toMatchObject({
      fileId: 'file-1',
      kind: 'file',
      name: '报告.pdf',
      aesKey: key,
      playSeconds: 0,
      thumb: undefined,
      body: { length: paper.length, sha256: hex('sha256', paper), md5: hex('md5', paper), extension: 'pdf' },
    })
    expect((await pieced(blobs, media.body.key, { start: 0, end: bytes.length })).equals(bytes)).toBe(true)
    expect((await plain(media, media.body)).equals(paper)).toBe(true)
    expect(await remote.find('tok', 'file-1')).toEqual(media)
    expect(origin.hits.map(({ path }) => path)).toEqual(['/body?of=wx_a'])
    const rows = await database.sql.selectFrom('blobs').select(['blob_key', 'sealed_for']).execute()
    expect(rows).toEqual([{ blob_key: media.body.key, sealed_for: 'file-1' }])
  })

  it('is found although nothing waits on the CDN any more', async () => {
    const { origin, remote, arrived, database } = await start()
    origin.route('/body', serve(sealed(paper)))
    await arrived({})
    const media = await remote.find('tok', 'file-1')
    await database.sql.deleteFrom('remote_files').execute()
    expect(media).toBeDefined()
    expect(await remote.find('tok', 'file-1')).toEqual(media)
    expect(origin.hits).toHaveLength(1)
  })

  it('is nobody else’s, and one that never arrived is not there', async () => {
    const { origin, remote, arrived } = await start()
    origin.route('/body', serve(sealed(paper)))
    await arrived({})
    expect(await remote.find('other', 'file-1')).toBeUndefined()
    expect(await remote.find('tok', 'file-2')).toBeUndefined()
    expect(origin.hits).toEqual([])
  })

  it('is sealed on its way in with the key that its message names, where it lies open', async () => {
    const { origin, remote, arrived, blobs } = await start()
    origin.route('/body', serve(paper))
    await arrived({ sealed: 0 })
    const media = await remote.find('tok', 'file-1')
    expect(media?.body).toMatchObject({ length: paper.length, sha256: hex('sha256', paper) })
    const bytes = sealed(paper)
    const kept = await pieced(blobs, media?.body.key ?? '', { start: 0, end: bytes.length + 16 })
    expect(kept.equals(bytes)).toBe(true)
  })

  it('may be empty, or as long as a block', async () => {
    const { origin, remote, arrived, plain } = await start()
    for (const [fileId, bytes] of [
      ['none', Buffer.alloc(0)],
      ['block', noise(16)],
    ] as const) {
      origin.route(`/${fileId}`, serve(sealed(bytes)))
      await arrived({ file_id: fileId, locator: `/${fileId}` })
      const media = await remote.find('tok', fileId)
      if (!media) throw new Error('not found')
      expect(media.body.length).toBe(bytes.length)
      expect(await plain(media, media.body)).toEqual(bytes)
    }
  })

  it('is not shared with the same bytes of another message, since its key is given', async () => {
    const { origin, remote, arrived } = await start()
    const otherKey = '0f'.repeat(16)
    origin.route('/body', serve(sealed(paper)))
    origin.route('/again', serve(sealed(paper, otherKey)))
    await arrived({})
    await arrived({ file_id: 'file-2', locator: '/again', aes_key: otherKey })
    const [one, two] = [await remote.find('tok', 'file-1'), await remote.find('tok', 'file-2')]
    expect([one?.aesKey, two?.aesKey]).toEqual([key, otherKey])
    expect(two?.body.key).not.toBe(one?.body.key)
  })

  const { length } = sealed(paper)
  it.each([
    {
      what: 'sealed with another key',
      behaviour: serve(sealed(paper, '0e'.repeat(16))),
      code: 'fetch_interrupted',
    },
    {
      what: 'cut at a block',
      behaviour: serve(sealed(paper).subarray(0, length - 16)),
      code: 'fetch_interrupted',
    },
    {
      what: 'cut within a block',
      behaviour: serve(sealed(paper).subarray(0, -7)),
      code: 'fetch_interrupted',
    },
    { what: 'not sealed at all', behaviour: serve(paper), code: 'fetch_interrupted' },
    { what: 'shorter than promised', behaviour: short(sealed(paper)), code: 'fetch_interrupted' },
    { what: 'cut off by a reset', behaviour: reset(sealed(paper)), code: 'fetch_interrupted' },
    { what: 'stalling', behaviour: stall(sealed(paper)), code: 'fetch_timeout' },
    { what: 'nothing', behaviour: empty(), code: 'fetch_empty' },
    { what: 'more than promised', behaviour: long(sealed(paper)), code: 'fetch_interrupted' },
    { what: 'an error', behaviour: status(503), code: 'fetch_status' },
  ])('that is $what is refused for now, leaves nothing, and is had by the next who asks', async (broken) => {
    const { origin, remote, arrived, expectNothing } = await start()
    origin.route('/body', inTurn(broken.behaviour, serve(sealed(paper))))
    await arrived({})
    await expect(remote.find('tok', 'file-1')).rejects.toMatchObject({ code: broken.code, retryable: true })
    await expectNothing()
    expect((await remote.find('tok', 'file-1'))?.body.sha256).toBe(hex('sha256', paper))
  })

  it.each([
    { what: 'endless', behaviour: endless() },
    { what: 'longer than the limit', behaviour: serve(sealed(noise(1_000_001))) },
  ])('that is $what is refused, and leaves nothing', async ({ behaviour }) => {
    const { origin, remote, arrived, expectNothing } = await start()
    origin.route('/body', behaviour)
    await arrived({})
    expect(await codeOf(() => remote.find('tok', 'file-1'))).toBe('fetch_too_large')
    await expectNothing()
  })

  it('with another md5 than the network told is refused', async () => {
    const { origin, remote, arrived, expectNothing } = await start()
    origin.route('/body', serve(sealed(paper)))
    await arrived({ md5: hex('md5', noise(5)) })
    await expect(remote.find('tok', 'file-1')).rejects.toMatchObject({
      code: 'fetch_interrupted',
      reason: expect.stringContaining('md5'),
    })
    await expectNothing()
  })

  it('leaves nothing when its rows cannot be written', async () => {
    const { origin, remoteMedia, arrived, database, expectNothing } = await start()
    origin.route('/body', serve(sealed(paper)))
    await arrived({})
    const refused = new Error('the unit failed')
    const broken = { ...database, atomically: () => Promise.reject(refused) }
    await expect(remoteMedia({ database: broken }).find('tok', 'file-1')).rejects.toBe(refused)
    await expectNothing()
  })

  it('is fetched once for all who ask at the same time', async () => {
    const { origin, remote, arrived, files } = await start()
    origin.route('/body', serve(sealed(paper)))
    await arrived({})
    const all = await Promise.all(Array.from({ length: 6 }, () => remote.find('tok', 'file-1')))
    expect(origin.hits).toHaveLength(1)
    expect(new Set(all.map((media) => media?.body.key)).size).toBe(1)
    expect(await files()).toEqual([all[0]?.body.key])
  })

  it('becomes one, with nothing left over, when two processes fetch it at the same time', async () => {
    const { origin, remoteMedia, blobs, arrived, files, database } = await start()
    origin.route('/body', serve(sealed(paper)))
    await arrived({})
    const slow = together(blobs, 2)
    const [one, two] = await Promise.all([
      remoteMedia({ blobs: slow }).find('tok', 'file-1'),
      remoteMedia({ blobs: slow }).find('tok', 'file-1'),
    ])
    expect(origin.hits).toHaveLength(2)
    expect(one).toBeDefined()
    expect(two?.body).toEqual(one?.body)
    expect(await files()).toEqual([one?.body.key])
    expect(await database.sql.selectFrom('media').select('file_id').execute()).toEqual([
      { file_id: 'file-1' },
    ])
  })
})
