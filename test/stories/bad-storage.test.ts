import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serve } from '../rigs/origin.ts'
import { alterRows, expectRefusal, picture, startWorld, stockOf, video, type World } from './refusal.ts'

let world: World
const undo: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  world = await startWorld()
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  await world.close()
})

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const readyz = async () => (await fetch(`${world.gateway.baseUrl}/readyz`)).status

describe('a blobs folder', () => {
  const staging = () => join(world.gateway.dataDir, 'blobs', 'staging')
  /** The shard that this content goes to is taken by a file, so that it can be staged and not committed. */
  const block = (bytes: Buffer) =>
    writeFile(join(world.gateway.dataDir, 'blobs', sha256(bytes).slice(0, 2)), 'in the way')

  test('whose staging folder is gone is a storage failure, and a gateway that is not ready', async () => {
    await rename(staging(), `${staging()}-away`)
    await expectRefusal(world.gateway, () => world.postVideo(), { code: 'storage_failed' })
    expect(await readyz()).toBe(503)
    await rename(`${staging()}-away`, staging())
    expect(await readyz()).toBe(200)
    expect(await world.postVideo()).toMatchObject({ ret: 200 })
  })

  test('that is gone while the video is on its way is a storage failure', async () => {
    const arrived = new Promise<() => void>((resolve) => {
      world.origin.route('/slow.mp4', (_request, response) => {
        response.writeHead(200, { 'content-length': video.length }).write(video.subarray(0, 9000))
        resolve(() => response.end(video.subarray(9000)))
      })
    })
    const blobs = join(world.gateway.dataDir, 'blobs')
    const ask = async () => {
      const reply = world.postVideo({ videoUrl: world.link('/slow.mp4') })
      const finish = await arrived
      await rm(blobs, { recursive: true })
      await mkdir(blobs)
      finish()
      return reply
    }
    await expectRefusal(world.gateway, ask, { code: 'storage_failed' })
  })

  test('that cannot take the video under its name keeps nothing', async () => {
    await block(video)
    await expectRefusal(world.gateway, () => world.postVideo(), { code: 'storage_failed' })
  })

  test('that cannot take the thumbnail under its name keeps nothing, the video neither', async () => {
    await block(picture)
    await expectRefusal(world.gateway, () => world.postVideo(), { code: 'storage_failed' })
  })

  test('that has lost a blob fails its link without a word of where it was, and without being cached', async () => {
    const { data } = await world.postVideo()
    const { fileId, aesKey } = data
    const request = { appId: world.sender.appId, fileId, aesKey, type: '4' }
    const reply = await world.gateway.post('/message/downloadCdn', request)
    await rm(join(world.gateway.dataDir, 'blobs'), { recursive: true })
    const response = await fetch(String(reply.data.fileUrl))
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(await response.text()).not.toContain(world.gateway.dataDir)
    expect(response.headers.get('cache-control') ?? '').not.toMatch(/max-age=[1-9]|immutable/)
    expect(response.headers.get('etag')).toBeNull()
  })
})

describe('a fault of our own', () => {
  test('is mute: no SQL, no name of ours, no path', async () => {
    await world.postVideo()
    alterRows(world.gateway, "UPDATE devices SET channel = 'nowhere'")
    await expectRefusal(world.gateway, () => world.postVideo(), { code: 'internal', title: '发送视频失败' })
    expect((await world.postVideo()).data.msg).toMatch(/^[\p{Script=Han}，。；]+$/u)
  })

  test('of the database is mute too', async () => {
    alterRows(world.gateway, 'ALTER TABLE chatroom_members RENAME TO elsewhere')
    const ask = () => world.postVideo({ toWxid: '12345678901@chatroom' })
    await expectRefusal(world.gateway, ask, { code: 'database_failed', title: '发送视频失败' })
    expect((await ask()).data.msg).toMatch(/^[\p{Script=Han}，。；]+$/u)
  })

  test('when the message is stored sends nothing', async () => {
    await world.postVideo()
    alterRows(
      world.gateway,
      "CREATE TRIGGER fault BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    await expectRefusal(world.gateway, () => world.postVideo(), { code: 'database_failed' })
  })

  test.each(['blobs', 'media', 'sources'])(
    'when a row of %s is stored leaves neither row nor file',
    async (table) => {
      world.origin.route('/etag.mp4', serve(video, { etag: true }))
      world.origin.route('/etag.jpg', serve(picture, { etag: true }))
      alterRows(
        world.gateway,
        `CREATE TRIGGER fault BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'no'); END`,
      )
      const urls = { videoUrl: world.link('/etag.mp4'), thumbUrl: world.link('/etag.jpg') }
      await expectRefusal(world.gateway, () => world.postVideo(urls), { code: 'database_failed' })
    },
  )
})

/** A file system of so many KiB, or undefined where none can be mounted. */
async function smallDisk(kibibytes: number): Promise<string | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'hongyan-full-'))
  undo.push(() => rm(path, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    console.log('the full disk is not tried: a file system can be mounted by root alone')
    return undefined
  }
  undo.push(async () => execFileSync('umount', ['-l', path]))
  return path
}

/** The video with a box behind it that makes it another one. */
const variant = (number: number) =>
  Buffer.concat([video, Buffer.from(`\0\0\0\x10free${String(number).padStart(8, '0')}`, 'latin1')])

describe('a full disk', () => {
  const cases: [string, number][] = [
    ['the video', 12],
    ['the thumbnail', Math.ceil(video.length / 4096) * 4],
  ]
  test.each(cases)('of blobs refuses what it cannot take: %s', async (_what, kibibytes) => {
    const disk = await smallDisk(kibibytes)
    if (disk === undefined) return
    const full = await startWorld({ HONGYAN_BLOBS_URL: pathToFileURL(disk).href })
    undo.push(() => full.close())
    await mkdir(join(full.gateway.dataDir, 'blobs'))
    await expectRefusal(full.gateway, () => full.postVideo(), { code: 'storage_full', says: /磁盘/ })
    expect(execFileSync('find', [disk, '-type', 'f']).toString()).toBe('')
  })

  test('is a full disk wherever it is hit, also in the database, and leaves nothing', async () => {
    const disk = await smallDisk(16 * 1024)
    if (disk === undefined) return
    const full = await startWorldIn(disk)
    undo.push(() => full.close())
    const filler = join(disk, 'filler')
    for (let free = 0; free <= 128; free += 8) {
      full.origin.route('/v.mp4', serve(variant(free), { etag: true }))
      const { bavail, bsize } = await statfs(disk)
      await writeFile(filler, Buffer.alloc(bavail * bsize - free * 1024))
      const before = await stockOf(full.gateway)
      const reply = await full.postVideo()
      if (reply.ret !== 200) {
        expect.soft(reply.data, `${free} KiB free`).toMatchObject({ code: 'storage_full', sent: 'no' })
        expect.soft(await stockOf(full.gateway), `${free} KiB free`).toEqual(before)
      }
      await rm(filler)
    }
    full.origin.route('/v.mp4', serve(variant(999)))
    expect(await full.postVideo()).toMatchObject({ ret: 200 })
  })
})

/** A world whose data folder is made inside `folder`. */
async function startWorldIn(folder: string): Promise<World> {
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  try {
    return await startWorld()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}
