import { afterEach, expect, it } from 'vitest'
import { createPlainServer } from '../../src/http/server.ts'
import { serveDownloads } from '../../src/media/download-routes.ts'
import { createFileIngest } from '../../src/media/ingest-file.ts'
import { Links } from '../../src/media/links.ts'
import type { Media } from '../../src/media/media.ts'
import { Turns } from '../../src/media/turns.ts'
import { createRequestPace } from '../../src/request-pace.ts'
import { secretKey } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { serve } from '../rigs/origin.ts'
import { picture } from '../rigs/videos.ts'
import { keepIn, startMediaWorld } from './media-world.ts'

const hostile = '\r\nSet-Cookie: a=1'

describeEachEngine('a download', ({ open }) => {
  const closers: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  async function start() {
    const world = await startMediaWorld(await open())
    const links = new Links(secretKey)
    const app = createPlainServer(world.log)
    serveDownloads(app, { store: { ...world, turns: new Turns() }, links, admit: createRequestPace(0) })
    closers.push(world.close, () => app.close())
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    const ingest = createFileIngest({ ...world, config: { maxFileBytes: 1e6, maxImageBytes: 1e6 } })
    world.origin.route('/picture', serve(picture))
    const send = (kind: 'image' | 'file', name: string) => {
      const request = { tokenId: 'tok', kind, url: `${world.origin.url}/picture`, name }
      return ingest(request, keepIn(world.database))
    }
    const get = ({ body }: Media, headers: Record<string, string> = {}) => {
      const link = links.make({ tokenId: 'tok', blobKey: body.key }, body.extension)
      return fetch(`${base}${link}`, { headers })
    }
    return { ...world, send, get }
  }

  it.each([
    { name: 'photo.jpg', value: "attachment; filename*=UTF-8''photo.jpg" },
    { name: '报告 (1).pdf', value: "attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A%20%281%29.pdf" },
    { name: `a'b*c;"d".txt`, value: "attachment; filename*=UTF-8''a%27b%2Ac%3B%22d%22.txt" },
    { name: 'a%22.txt', value: "attachment; filename*=UTF-8''a%2522.txt" },
  ])('of a file is saved under its name: $name', async ({ name, value }) => {
    const { send, get } = await start()
    const response = await get(await send('file', name))
    expect(response.headers.get('content-disposition')).toBe(value)
    expect(Buffer.from(await response.arrayBuffer()).equals(picture)).toBe(true)
    const part = await get(await send('file', name), { range: 'bytes=1-3' })
    expect([part.status, part.headers.get('content-disposition')]).toEqual([206, value])
  })

  it('of a file takes no header out of a name, not even one that a row holds raw', async () => {
    const { send, get, database } = await start()
    const media = await send('file', 'plain.txt')
    const raw = `../\u202e\ud800a${hostile}.txt`
    await database.sql.updateTable('media').set({ name: raw }).execute()
    const response = await get(media)
    expect(response.status).toBe(200)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename\*=UTF-8''[A-Za-z0-9%._-]+$/,
    )
  })

  it('of a file whose name is gone is saved all the same', async () => {
    const { send, get, database } = await start()
    const media = await send('file', 'photo.jpg')
    await database.sql.deleteFrom('media').execute()
    expect((await get(media)).headers.get('content-disposition')).toBe(
      "attachment; filename*=UTF-8''file.jpg",
    )
  })

  it('of a picture is shown', async () => {
    const { send, get } = await start()
    const response = await get(await send('image', ''))
    expect(response.headers.get('content-disposition')).toBeNull()
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    expect(Buffer.from(await response.arrayBuffer()).equals(picture)).toBe(true)
  })
})
