import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readMessages } from '../../src/channels/ilink/inbound.ts'
import { downloadUrl } from '../../src/channels/ilink/locator.ts'
import { probeVideo } from '../../src/media/probe.ts'
import { outgoing, settingsFor, startWorld, type World } from '../channels/ilink-world.ts'
import { faultOf } from '../outbound/door.ts'
import { box, element } from './containers.ts'

/* What fuzzing and reading for it found, each as the smallest input that shows it. */

const half = '\ud800'

describe('half a character in an answer of WeChat', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ strict: false })
  })
  afterAll(() => world.close())
  const never = new AbortController().signal

  test('as the parameter of a received file still gives an address', () => {
    const media = { encrypt_query_param: half }
    const [message] = readMessages([
      { from_user_id: 'u', item_list: [{ type: 2, image_item: { media, thumb_media: media } }] },
    ])
    const [part] = message?.parts ?? []
    const locator = part && 'file' in part ? part.file.locator : ''
    expect(downloadUrl(settingsFor('http://127.0.0.1:1'), locator)).toMatch(/=%EF%BF%BD$/)
  })

  test('in what an older version kept still gives an address', () => {
    const locator = JSON.stringify({ v: 1, param: half })
    expect(downloadUrl(settingsFor('http://127.0.0.1:1'), locator)).toMatch(/=%EF%BF%BD$/)
  })

  test('as the parameter of an upload is a refusal of the CDN, not a fault of ours', async () => {
    world.rig.next('getuploadurl', { answer: { ret: 0, upload_param: half } })
    const upload = world.channel.upload(world.credentials, world.phone.userId, outgoing('file'), never)
    await faultOf(upload, 'upload_failed')
  })

  test('as the name of a QR code is asked about like any other', async () => {
    world.rig.next('get_bot_qrcode', { answer: { qrcode: half, qrcode_img_content: 'https://a/b' } })
    const { login } = await world.channel.startLogin([])
    world.rig.next('get_qrcode_status', { answer: { status: 'scaned' } })
    expect(await world.channel.stepLogin(login, undefined, never)).toMatchObject({ scanned: true })
  })
})

test('a time below the first millisecond is none', () => {
  const before = Date.now()
  const [message] = readMessages([{ from_user_id: 'u', create_time_ms: 0.5 }])
  expect(message?.sentAt).toBeGreaterThanOrEqual(before)
})

describe('headers of nothing but empty entries', () => {
  const entry = element('ae', Buffer.alloc(2000, Buffer.from([0x83, 0x80])))
  const tracks = element('1654ae6b', Buffer.concat(Array(1000).fill(entry)))
  const stbl = box('stbl', ...Array(255).fill(box('free')))
  const mdia = box('mdia', ...Array(255).fill(box('minf', stbl)))
  test.each<[string, string, Buffer]>([
    ['Matroska', 'video/webm', Buffer.concat([element('1a45dfa3'), element('18538067', tracks)])],
    ['MP4', 'video/mp4', box('moov', ...Array(4).fill(box('trak', mdia)))],
  ])('of 2 MB in %s are given up long before their end', async (_, mime, bytes) => {
    let read = 0
    const source = {
      length: bytes.length,
      read: async (start: number, end: number) => {
        read += end - start
        return bytes.subarray(start, end)
      },
    }
    const probed = probeVideo(source, { mime, extension: 'x', measurable: true })
    await expect(probed).rejects.toMatchObject({
      code: 'video_invalid',
      reason: expect.stringContaining('条目过多'),
    })
    expect(read).toBeLessThan(bytes.length / 4)
  })
})
