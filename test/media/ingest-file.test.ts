import { createHash } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { createFileIngest, type FileRequest } from '../../src/media/ingest-file.ts'
import { codeOf } from '../conformance/blob-source.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { cutChunked, empty, gzipBomb, inTurn, reset, serve, short, status } from '../rigs/origin.ts'
import { picture } from '../rigs/videos.ts'
import { keepIn, type MediaWorld, noise, startMediaWorld } from './media-world.ts'

const hex = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest('hex')
const file = noise(300_001)

describeEachEngine('a file that is sent by its link', ({ open }) => {
  const worlds: MediaWorld[] = []
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close()
  })

  async function start({ maxFileBytes = 1_000_000 } = {}) {
    const world = await startMediaWorld(await open())
    worlds.push(world)
    const create = () => createFileIngest({ ...world, config: { maxFileBytes, maxImageBytes: 1_000_000 } })
    const ingest = create()
    const keep = keepIn(world.database)
    const request = (changes: Partial<FileRequest> = {}): FileRequest => ({
      tokenId: 'tok',
      kind: 'file',
      url: `${world.origin.url}/file`,
      name: 'report.dat',
      ...changes,
    })
    const send = (changes: Partial<FileRequest> = {}) => ingest(request(changes), keep)
    const rows = (table: 'blobs' | 'media') => world.database.sql.selectFrom(table).selectAll().execute()
    return { ...world, create, ingest, keep, request, send, rows }
  }

  it('rests sealed, opens to the very bytes, and is known by length, md5 and sha256 after one GET', async () => {
    const { origin, send, plain, blobs } = await start()
    origin.route('/file', serve(file, { type: 'text/plain' }))
    const media = await send()
    expect(media).toMatchObject({ kind: 'file', name: 'report.dat', playSeconds: 0, thumb: undefined })
    expect(media.body).toMatchObject({
      length: file.length,
      md5: hex('md5', file),
      sha256: hex('sha256', file),
      mime: 'application/octet-stream',
      extension: 'dat',
    })
    expect((await plain(media, media.body)).equals(file)).toBe(true)
    expect((await blobs.read(media.body.key, { start: 0, end: 64 })).equals(file.subarray(0, 64))).toBe(false)
    expect(origin.hits.map(({ method }) => method)).toEqual(['GET'])
  })

  it.each([
    { name: 'C:\\temp\\报告.PDF', shown: '报告.PDF', extension: 'pdf' },
    { name: 'a\r\nX-Evil: 1.txt', shown: 'aX-Evil: 1.txt', extension: 'txt' },
    { name: '照片\u202Egpj.exe', shown: '照片gpj.exe', extension: 'exe' },
    { name: '', shown: 'file', extension: 'bin' },
    { name: 'README', shown: 'README', extension: 'bin' },
    { name: 'x.not-an-ending', shown: 'x.not-an-ending', extension: 'bin' },
  ])(
    'named $name is shown as $shown with a link ending in $extension',
    async ({ name, shown, extension }) => {
      const { origin, send } = await start()
      origin.route('/file', serve(file))
      expect(await send({ name })).toMatchObject({ name: shown, body: { extension } })
    },
  )

  it.each([
    {
      what: 'a page',
      bytes: Buffer.from('<!doctype html><script>1</script>'),
      mime: 'application/octet-stream',
    },
    { what: 'an SVG', bytes: Buffer.from('<?xml version="1.0"?><svg/>'), mime: 'application/octet-stream' },
    { what: 'a ZIP', bytes: Buffer.from('PK\x03\x04 and so on'), mime: 'application/octet-stream' },
    { what: 'a PDF', bytes: Buffer.from('%PDF-1.7\n'), mime: 'application/pdf' },
    { what: 'a JPEG', bytes: picture, mime: 'image/jpeg' },
  ])('that is $what is served as $mime whatever its name and header say', async ({ bytes, mime }) => {
    const { origin, send } = await start()
    origin.route('/file', serve(bytes, { type: 'text/html' }))
    expect(await send({ name: 'page.html' })).toMatchObject({ body: { mime, extension: 'html' } })
  })

  it('takes its ending from its bytes where its name has none', async () => {
    const { origin, send } = await start()
    origin.route('/file', serve(picture))
    expect(await send({ name: 'photo' })).toMatchObject({ body: { extension: 'jpg' } })
  })

  it.each([
    { what: 'empty', behaviour: empty(), code: 'fetch_empty' },
    { what: 'shorter than it promised', behaviour: short(file), code: 'fetch_interrupted' },
    { what: 'cut off by a reset', behaviour: reset(file), code: 'fetch_interrupted' },
    { what: 'without its last chunk', behaviour: cutChunked(file), code: 'fetch_interrupted' },
    { what: 'not there', behaviour: status(404), code: 'fetch_status' },
    { what: 'longer than the limit', behaviour: serve(noise(1_000_001)), code: 'fetch_too_large' },
    { what: 'a bomb', behaviour: gzipBomb(), code: 'fetch_status' },
  ])('that is $what is refused, names fileUrl, and leaves nothing', async ({ behaviour, code }) => {
    const { origin, send, expectNothing } = await start()
    origin.route('/file', behaviour)
    await expect(send()).rejects.toMatchObject({ code, reason: expect.stringContaining('fileUrl') })
    await expectNothing()
    expect(origin.hits).toHaveLength(1)
  })

  it('leaves nothing when the message cannot be written', async () => {
    const { origin, ingest, request, expectNothing } = await start()
    origin.route('/file', serve(file, { etag: true }))
    const refused = new Error('the unit failed')
    await expect(ingest(request(), () => Promise.reject(refused))).rejects.toBe(refused)
    await expectNothing()
  })

  it('keeps the same bytes once for a token, and one media for each name', async () => {
    const { origin, send, rows, files } = await start()
    for (const path of ['/file', '/copy']) origin.route(path, serve(file))
    const first = await send()
    expect((await send({ url: `${origin.url}/copy` })).fileId).toBe(first.fileId)
    const renamed = await send({ name: 'other.dat' })
    expect(renamed).toMatchObject({ name: 'other.dat', body: { key: first.body.key } })
    expect(renamed.fileId).not.toBe(first.fileId)
    expect([await rows('blobs'), await rows('media')].map(({ length }) => length)).toEqual([1, 2])
    expect(await files()).toEqual([first.body.key])
  })

  it('shares nothing between tokens', async () => {
    const { origin, send } = await start()
    origin.route('/file', serve(file))
    const [mine, theirs] = await Promise.all([send(), send({ tokenId: 'other' })])
    expect(theirs.aesKey).not.toBe(mine.aesKey)
    expect(theirs.body.key).not.toBe(mine.body.key)
    expect(origin.hits).toHaveLength(2)
  })

  it('asks a link that it knows whether it has changed, and moves no byte when it has not', async () => {
    const { origin, send, rows } = await start()
    origin.route(
      '/file',
      inTurn(serve(file, { etag: '"1"' }), serve(file, { etag: '"1"' }), serve('new', { etag: '"2"' })),
    )
    const first = await send()
    expect((await send()).fileId).toBe(first.fileId)
    expect(origin.hits.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"'])
    expect((await send()).body.sha256).toBe(hex('sha256', Buffer.from('new')))
    expect(await rows('media')).toHaveLength(2)
  })

  it('does not confuse a link that was sent as a picture with the same link as a file', async () => {
    const { origin, send } = await start()
    origin.route('/file', serve(picture, { etag: '"1"' }))
    const image = await send({ kind: 'image' })
    const paper = await send({ name: 'photo.jpg' })
    expect([image.kind, paper.kind]).toEqual(['image', 'file'])
    expect(paper.body.key).not.toBe(image.body.key)
    expect(origin.hits.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined])
  })

  it('fetches a link once for all who ask at the same time', async () => {
    const { origin, send, files, rows } = await start()
    origin.route('/file', serve(file))
    const all = await Promise.all(Array.from({ length: 5 }, () => send()))
    expect(new Set(all.map(({ fileId }) => fileId)).size).toBe(1)
    expect(origin.hits).toHaveLength(1)
    expect(await rows('media')).toHaveLength(1)
    expect(await files()).toEqual([all[0]?.body.key])
  })

  it('keeps the same bytes once when they come by many links at the same time', async () => {
    const { origin, send, files, rows } = await start()
    const urls = Array.from({ length: 4 }, (_, count) => `/copy-${count}`)
    for (const path of urls) origin.route(path, serve(file))
    const all = await Promise.all(urls.map((path) => send({ url: `${origin.url}${path}` })))
    expect(new Set(all.map(({ fileId }) => fileId)).size).toBe(1)
    expect([await rows('blobs'), await rows('media')].map(({ length }) => length)).toEqual([1, 1])
    expect(await files()).toEqual([all[0]?.body.key])
  })

  it('gets one media for each name when processes send it at the same time', async () => {
    const { origin, create, keep, request, send, rows } = await start()
    origin.route('/file', serve(file))
    await send()
    const again = () => create()(request({ name: 'other.dat' }), keep)
    const [one, two] = await Promise.all([again(), again()])
    expect(two.fileId).toBe(one.fileId)
    expect(await rows('media')).toHaveLength(2)
  })

  it('ends for all who wait when its link fails, and is asked for anew by the next', async () => {
    const { origin, send } = await start()
    origin.route('/file', inTurn(reset(file), serve(file)))
    const codes = await Promise.all([codeOf(() => send()), codeOf(() => send())])
    expect(codes).toEqual(['fetch_interrupted', 'fetch_interrupted'])
    expect((await send()).body.length).toBe(file.length)
  })
})
