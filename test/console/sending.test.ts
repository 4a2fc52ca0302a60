import { describe, expect, test } from 'vitest'
import { CallError } from '../../web/src/api/call.ts'
import { filesOf, kindOf, nameIn, requestOf } from '../../web/src/send/drafts.ts'
import { Lane } from '../../web/src/send/lane.ts'
import { draftOfLink, emptyLink } from '../../web/src/send/link.ts'
import { failureOf, fresh, remedyOf } from '../../web/src/send/outgoing.ts'
import { draftOfPick, pickOf } from '../../web/src/send/picks.ts'

const target = { appId: 'wx_a', peer: 'wxid_b', peerName: 'B' }
const to = { appId: 'wx_a', toWxid: 'wxid_b' }
const file = (name: string, type = '') => new File(['x'], name, { type })

describe('what a draft becomes', () => {
  test('a video by URL leaves its thumbnail and seconds to the gateway where nobody gave them', () => {
    const draft = { kind: 'video', source: 'http://a/v.mp4', thumb: undefined, seconds: 0 } as const
    expect(requestOf(draft, target, new Map())).toEqual({
      route: 'postVideo',
      body: { ...to, videoUrl: 'http://a/v.mp4', thumbUrl: '', videoDuration: 0 },
      uploads: [],
    })
  })

  test('files of this computer are sent by the URLs they were uploaded to, and named as uploads', () => {
    const [video, thumb] = [file('v.mp4'), file('t.jpg')]
    const draft = { kind: 'video', source: video, thumb, seconds: 3 } as const
    const urls = new Map([
      [video, 'http://g/1'],
      [thumb, 'http://g/2'],
    ])
    expect(filesOf(draft)).toEqual([video, thumb])
    expect(requestOf(draft, target, urls)).toEqual({
      route: 'postVideo',
      body: { ...to, videoUrl: 'http://g/1', thumbUrl: 'http://g/2', videoDuration: 3 },
      uploads: [
        { field: 'videoUrl', name: 'v.mp4' },
        { field: 'thumbUrl', name: 't.jpg' },
      ],
    })
  })

  test.each([
    ['video', 'forwardVideo'],
    ['image', 'forwardImage'],
    ['file', 'forwardFile'],
  ] as const)('a forwarded %s goes to %s with the XML as it is', (media, route) => {
    const draft = { kind: 'forward', media, xml: '<msg/>', name: 'x' } as const
    expect(requestOf(draft, target, new Map())).toEqual({
      route,
      body: { ...to, xml: '<msg/>' },
      uploads: [],
    })
  })
})

test.each([
  ['video/mp4', 'a', 'video'],
  ['', 'a.MKV', 'video'],
  ['image/png', 'a', 'image'],
  ['image/svg+xml', 'a.svg', 'file'],
  ['', 'mp4', 'file'],
] as const)('a dropped file of type %j called %j is sent as %s', (type, name, kind) => {
  expect(kindOf(file(name, type))).toBe(kind)
  expect(draftOfPick(pickOf(file(name, type)))).toMatchObject({ kind, source: { name } })
})

describe('what is typed to send by URL', () => {
  test.each(['', 'clip.mp4', 'ftp://a/b', 'javascript:alert(1)', 'http://', 'http://a b'])(
    'is no draft with the URL %j',
    (url) => {
      expect(draftOfLink('video', { ...emptyLink, url })).toBeUndefined()
    },
  )

  test.each([{ seconds: '-1' }, { seconds: '1.5' }, { seconds: '86401' }, { thumbUrl: 't.jpg' }])(
    'is no draft with %j',
    (wrong) => {
      expect(draftOfLink('video', { ...emptyLink, url: 'http://a/v.mp4', ...wrong })).toBeUndefined()
    },
  )

  test('a file without a name takes the last part of its URL', () => {
    const url = ' https://a/b/%E6%8A%A5.pdf?x=1 '
    expect(draftOfLink('file', { ...emptyLink, url })).toEqual({
      kind: 'file',
      source: url.trim(),
      name: '报.pdf',
    })
    expect(nameIn('https://a/')).toBe('file')
    expect(nameIn('https://a/%E6%')).toBe('file')
  })
})

describe('what may be done about a failed send', () => {
  const request = { route: 'postText', body: {}, uploads: [] }
  const failed = (facts: { code: string; sent: 'no' | 'unknown'; retryable: boolean }, isCalled = true) => ({
    id: '1',
    ...fresh(target, { kind: 'text', content: 'x' }),
    request: isCalled ? request : undefined,
    error: new CallError({ reason: '', ...facts }),
  })

  test('certainly not sent and worth another try: the same call', () => {
    expect(remedyOf(failed({ code: 'device_offline', sent: 'no', retryable: true }))).toBe('repeat')
  })
  test('no answer came: the same call, which the gateway makes once at most', () => {
    expect(remedyOf(failed({ code: 'unreachable', sent: 'unknown', retryable: true }))).toBe('repeat')
  })
  test('certainly not sent and the answer is kept for the key: another key', () => {
    expect(remedyOf(failed({ code: 'video_invalid', sent: 'no', retryable: false }))).toBe('anew')
  })
  test.each([true, false])('may have been sent: somebody must decide (retryable %s)', (retryable) => {
    expect(remedyOf(failed({ code: 'send_unknown', sent: 'unknown', retryable }))).toBe('ask')
  })
  test('its file never reached the gateway: the same again', () => {
    expect(remedyOf(failed({ code: 'fetch_too_large', sent: 'no', retryable: false }, false))).toBe('repeat')
  })
  test('what nobody foresaw may have been sent once the call was made, and not before', () => {
    expect(failureOf(new TypeError('x'), true).sent).toBe('unknown')
    expect(failureOf(new TypeError('x'), false).sent).toBe('no')
  })
})

test('every send has a key of its own that the gateway takes', () => {
  const keys = Array.from({ length: 100 }, () => fresh(target, { kind: 'text', content: 'x' }).key)
  expect(new Set(keys).size).toBe(100)
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
})

test('a lane runs so many at a time, in their order, each when one before it ends', async () => {
  const lane = new Lane(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  for (const number of [1, 2, 3, 4])
    lane.enter(async () => {
      begun.push(number)
      await new Promise<void>((resolve) => ends.push(resolve))
    })
  expect(begun).toEqual([1, 2])
  ends[1]?.()
  await expect.poll(() => begun).toEqual([1, 2, 3])
  ends[0]?.()
  await expect.poll(() => begun).toEqual([1, 2, 3, 4])
})
