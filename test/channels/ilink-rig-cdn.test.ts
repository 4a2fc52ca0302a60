import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type PlainClient, plainClient, reference, type Sealed, seal } from '../rigs/ilink-client.ts'
import { type Bot, type IlinkServer, type Phone, startIlinkServer } from '../rigs/ilink-server.ts'

const key = '00112233445566778899aabbccddeeff'
const bytes = randomBytes(1000)

let rig: IlinkServer
let phone: Phone
let bot: Readonly<Bot>
let client: PlainClient
let contextToken: string

beforeEach(async () => {
  rig = await startIlinkServer()
  phone = rig.phone()
  bot = rig.bind()
  client = plainClient(rig, bot.token, phone.userId)
  contextToken = phone.write(bot.botId, { text: 'hello' }).contextToken
})

afterEach(() => rig.close())

const image = (upload: Sealed, more = {}) => ({
  type: 2,
  image_item: { media: reference(upload), mid_size: upload.sealed.length, ...more },
})

describe('getuploadurl', () => {
  test.each([
    [{ filesize: 1000 }, 'filesize is not 1008, what 1000 bytes are when encrypted'],
    [{ rawsize: -1 }, 'rawsize is no byte count'],
    [{ rawfilemd5: 'A'.repeat(32) }, 'rawfilemd5 is not 32 lowercase hex digits'],
    [{ aeskey: 'short' }, 'aeskey is not 32 lowercase hex digits'],
    [{ filekey: undefined }, 'filekey is not 32 lowercase hex digits'],
    [{ media_type: 5 }, 'media_type is not 1 to 4'],
    [{ no_need_thumb: false, thumb_rawsize: 5, thumb_filesize: 16 }, 'thumb_rawfilemd5 is not 32'],
  ])('finds %j and gives no URL', async (fields, violation) => {
    const { json } = await client.post('getuploadurl', client.announce(bytes, 1, key), { fields })
    expect(json.ret).toBe(-2)
    expect(rig.violations).toEqual([expect.stringContaining(`getuploadurl: ${violation}`)])
  })

  test('finds a filekey that was used before, and a user nobody knows', async () => {
    const announced = client.announce(bytes, 1, key)
    await client.post('getuploadurl', announced)
    await client.post('getuploadurl', announced)
    const { json } = await client.post('getuploadurl', {
      ...client.announce(bytes, 1, key),
      to_user_id: 'o9cqNobody@im.wechat',
    })
    expect(json.ret).toBe(-1)
    expect(rig.violations).toEqual([
      'getuploadurl: filekey was used before',
      'getuploadurl: to_user_id is nobody this bot knows',
    ])
  })
})

describe('an upload', () => {
  async function permit(): Promise<string> {
    const { json } = await client.post('getuploadurl', client.announce(bytes, 1, key))
    return String(json.upload_full_url)
  }

  test('is taken once; the second time the permit is used up, which is nobody’s fault', async () => {
    const url = await permit()
    expect(await client.cdn(url, seal(bytes, key))).toMatchObject({
      status: 200,
      param: expect.stringMatching(/./),
    })
    expect(await client.cdn(url, seal(bytes, key))).toEqual({ status: 400, param: '' })
    expect(rig.violations).toEqual([])
  })

  test('of another length, type, or with the bearer token is found', async () => {
    expect((await client.cdn(await permit(), bytes)).status).toBe(400)
    await client.cdn(await permit(), seal(bytes, key), { 'content-type': 'text/plain' })
    await client.cdn(await permit(), seal(bytes, key), { authorization: bot.token })
    expect(rig.violations).toEqual([
      'cdn/upload: Content-Length is 1000, declared were 1008',
      'cdn/upload: Content-Type is not application/octet-stream',
      'cdn/upload: the bearer token is shown to the CDN',
    ])
  })

  test('without a permit, or with the filekey of another, is found', async () => {
    await client.cdn(`${rig.cdnUrl}/upload?encrypted_query_param=x&filekey=y`, bytes)
    const other = new URL(await permit())
    other.searchParams.set('filekey', 'y')
    await client.cdn(other.href, seal(bytes, key))
    expect(rig.violations).toEqual([
      'cdn/upload: encrypted_query_param is no permit',
      'cdn/upload: filekey is another than the permit names',
    ])
  })

  test.each([
    ['another key', () => seal(bytes, 'ff'.repeat(16)), 'the declared key does not open the bytes'],
    ['other bytes', () => seal(randomBytes(1000), key), 'the plain bytes do not have the declared md5'],
  ])('of %s is taken and found, and the phone shows nothing', async (_name, sealed, why) => {
    const { param } = await client.cdn(await permit(), sealed())
    await client.send(image({ param, key, sealed: sealed() }), contextToken)
    expect(rig.violations).toEqual([`cdn/upload: ${why}`])
    expect(phone.screen).toMatchObject([{ kind: 'nothing', why: expect.stringContaining(why) }])
  })

  test('in chunks without a length is taken only by option', async () => {
    const chunks = () => new Blob([new Uint8Array(seal(bytes, key))]).stream()
    expect((await client.cdn(await permit(), chunks())).status).toBe(411)
    expect(rig.violations).toEqual(['cdn/upload: Content-Length is missing'])
    rig.options.chunkedUploads = true
    expect((await client.cdn(await permit(), chunks())).status).toBe(200)
  })

  test('is reset after so many bytes, and the permit still holds', async () => {
    const url = await permit()
    rig.next('cdn/upload', { resetAfter: 400 })
    const sent = new Promise((resolve, reject) => {
      const upload = request(url, { method: 'POST', headers: { 'content-length': 1008 } }, resolve)
      upload.once('error', reject).write(seal(bytes, key).subarray(0, 500))
    })
    await expect(sent).rejects.toThrow(/ECONNRESET|hang up/)
    expect(rig.requests.at(-1)?.body).toBeGreaterThanOrEqual(400)
    expect((await client.cdn(url, seal(bytes, key))).status).toBe(200)
  })

  test('of more than memory should hold is spooled, and shown as it was', async () => {
    const large = randomBytes(3_000_000)
    const upload = await client.upload(large, 1)
    await client.send(image(upload), contextToken)
    expect(phone.screen[0]?.bytes?.equals(large)).toBe(true)
    expect(rig.violations).toEqual([])
  })
})

describe('a media message', () => {
  let upload: Sealed

  beforeEach(async () => {
    upload = await client.upload(bytes, 1)
  })

  test.each([
    [
      'a size that is not the ciphertext’s',
      { mid_size: 1000 },
      'mid_size is 1000, the ciphertext has 1008 bytes',
    ],
    ['no size', { mid_size: undefined }, 'mid_size is undefined'],
    ['no encrypt_type', { media: { encrypt_type: undefined } }, 'encrypt_type is not 1'],
    ['another key', { media: { aes_key: 'AAAA' } }, 'aes_key is not the base64 of the declared key in hex'],
    ['the upload permit', { media: { encrypt_query_param: 'x' } }, 'is not what an upload was answered with'],
  ])(
    'with %s is accepted, found, and not shown',
    async (_name, { media, ...more }: Record<string, unknown>, why) => {
      const item = image(upload, { ...more, media: { ...reference(upload), ...Object(media) } })
      expect((await client.send(item, contextToken)).json.ret).toBe(0)
      expect(rig.violations).toEqual([expect.stringContaining(why)])
      expect(phone.screen).toMatchObject([{ kind: 'nothing', why: expect.stringContaining(why) }])
    },
  )

  test('with the raw key in base64 is a grey box', async () => {
    const raw = Buffer.from(upload.key, 'hex').toString('base64')
    await client.send(image(upload, { media: { ...reference(upload), aes_key: raw } }), contextToken)
    expect(phone.screen).toMatchObject([{ kind: 'nothing', why: expect.stringContaining('grey box') }])
  })

  test('of a kind that was not announced is not shown', async () => {
    const video = { media: reference(upload), video_size: upload.sealed.length }
    await client.send({ type: 5, video_item: video }, contextToken)
    expect(rig.violations).toEqual([expect.stringContaining('was announced as something else')])
    expect(phone.screen).toMatchObject([{ kind: 'nothing' }])
  })

  test.each([
    [{ len: 1000 }, 'file_item.len is no string'],
    [{ len: '1008' }, 'file_item.len is 1008, the file has 1000 bytes'],
    [{ file_name: undefined }, 'file_item.file_name is missing'],
    [{ md5: '0' }, 'file_item.md5 is not the md5 of the plain bytes'],
  ])('a file with %j is found', async (fields, violation) => {
    const file = await client.upload(bytes, 3)
    const payload = { media: reference(file), file_name: 'a.bin', len: '1000', ...fields }
    await client.send({ type: 4, file_item: payload }, contextToken)
    expect(rig.violations).toEqual([`sendmessage: ${violation}`])
    expect(phone.screen).toMatchObject([{ kind: 'nothing', why: violation }])
  })

  test.each([
    ['accept', 0, 1],
    ['refuse', -2, 0],
  ] as const)('of an upload that is gone: %s, and no fault', async (staleUploads, ret, shown) => {
    rig.options.staleUploads = staleUploads
    rig.expireUploads()
    expect((await client.send(image(upload), contextToken)).json.ret).toBe(ret)
    expect(phone.screen.map(({ kind }) => kind)).toEqual(Array(shown).fill('nothing'))
    expect(rig.violations).toEqual([])
  })
})

describe('a video with a thumbnail', () => {
  const thumb = randomBytes(300)
  const video = (main: Sealed, small: Sealed, more = {}) => ({
    type: 5,
    video_item: {
      media: reference(main),
      video_size: main.sealed.length,
      thumb_media: reference(small),
      thumb_size: small.sealed.length,
      thumb_width: 300,
      thumb_height: 225,
      play_length: 7,
      ...more,
    },
  })

  test.each(['full', 'param'] as const)('announced together is shown with it (%s)', async (thumbAnswer) => {
    rig.options.thumbAnswer = thumbAnswer
    const announced = client.announce(bytes, 2, key, thumb)
    const { json } = await client.post('getuploadurl', announced)
    const query = new URLSearchParams({
      encrypted_query_param: String(json.thumb_upload_param),
      filekey: String(announced.filekey),
    })
    const thumbUrl = json.thumb_upload_full_url ?? `${rig.cdnUrl}/upload?${query}`
    const main = await client.cdn(String(json.upload_full_url), seal(bytes, key))
    const small = await client.cdn(String(thumbUrl), seal(thumb, key))
    const sealed = { ...main, key, sealed: seal(bytes, key) }
    await client.send(video(sealed, { ...small, key, sealed: seal(thumb, key) }), contextToken)
    expect(rig.violations).toEqual([])
    expect(phone.screen).toMatchObject([{ kind: 'video', thumbWidth: 300, thumbHeight: 225, playLength: 7 }])
    expect(phone.screen[0]?.thumb?.equals(thumb)).toBe(true)
  })

  test('uploaded as an image of its own is shown with it; one whose size is wrong is found', async () => {
    const main = await client.upload(bytes, 2)
    const small = await client.upload(thumb, 1)
    await client.send(video(main, small), contextToken)
    expect(phone.screen[0]?.thumb?.equals(thumb)).toBe(true)
    expect(rig.violations).toEqual([])
    await client.send(video(main, small, { thumb_size: 300, thumb_width: 1.5 }), contextToken)
    expect(rig.violations).toEqual([
      'sendmessage: thumb_size is 300, the ciphertext has 304 bytes',
      'sendmessage: thumb_width is no pixel count',
    ])
  })
})

test('a download by parameter needs the taskid only by option, and an unknown one is refused', async () => {
  const { param, sealed } = await client.upload(bytes, 1)
  const url = `${rig.cdnUrl}/download?encrypted_query_param=${encodeURIComponent(param)}`
  const response = await fetch(url)
  expect(Buffer.from(await response.arrayBuffer()).equals(sealed)).toBe(true)
  rig.options.taskid = true
  expect((await fetch(url)).status).toBe(400)
  expect((await fetch(`${rig.cdnUrl}/download?encrypted_query_param=x`)).headers.get('x-error-message')).toBe(
    'encrypted_query_param is unknown',
  )
})
