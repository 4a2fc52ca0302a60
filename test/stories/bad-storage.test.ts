import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { alterRows, expectRefusal, picture, startWorld, video, type World } from './refusal.ts'

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
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    world.origin.route('/slow.mp4', (_request, response) => {
      response.writeHead(200, { 'content-length': video.length }).write(video.subarray(0, 9000))
      arrive()
      undo.push(() => Promise.resolve(response.destroy()))
      finish = () => response.end(video.subarray(9000))
    })
    let finish = () => {}
    await expectRefusal(
      world.gateway,
      async () => {
        const reply = world.postVideo({ videoUrl: world.link('/slow.mp4') })
        await arrived
        await rm(join(world.gateway.dataDir, 'blobs'), { recursive: true })
        await mkdir(join(world.gateway.dataDir, 'blobs'))
        finish()
        return reply
      },
      { code: 'storage_failed' },
    )
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
  test('is mute: no SQL, no table, no path', async () => {
    alterRows(world.gateway, 'ALTER TABLE chatroom_members RENAME TO elsewhere')
    const ask = () => world.postVideo({ toWxid: '12345678901@chatroom' })
    await expectRefusal(world.gateway, ask, { code: 'internal', title: '发送视频失败', says: /日志/ })
    const { data } = await ask()
    expect(String(data.msg)).toMatch(/^[\p{Script=Han}，。；]+$/u)
  })

  test('when the message is stored sends nothing', async () => {
    await world.postVideo()
    alterRows(
      world.gateway,
      "CREATE TRIGGER fault BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    await expectRefusal(world.gateway, () => world.postVideo(), { code: 'database_failed' })
  })

  test('when the media are stored leaves neither row nor file', async () => {
    for (const table of ['blobs', 'media', 'sources']) {
      alterRows(
        world.gateway,
        `CREATE TRIGGER fault_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'no'); END`,
      )
    }
    await expectRefusal(world.gateway, () => world.postVideo(), { code: 'database_failed' })
  })
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

describe('a full disk', () => {
  const cases: [string, number][] = [
    ['the video', 12],
    ['the thumbnail', Math.ceil(video.length / 4096) * 4],
  ]
  test.each(cases)('refuses what it cannot take: %s', async (_what, kibibytes) => {
    const disk = await smallDisk(kibibytes)
    if (disk === undefined) return
    const full = await startWorld({ HONGYAN_BLOBS_URL: pathToFileURL(disk).href })
    undo.push(() => full.close())
    await mkdir(join(full.gateway.dataDir, 'blobs'))
    await expectRefusal(full.gateway, () => full.postVideo(), { code: 'storage_full', says: /磁盘/ })
    const left = execFileSync('find', [disk, '-type', 'f']).toString()
    expect(left).toBe('')
  })
})
