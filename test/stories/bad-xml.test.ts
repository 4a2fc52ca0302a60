import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal, startWorld, type World } from './refusal.ts'

let world: World
let fileId = ''
let aesKey = ''
beforeAll(async () => {
  world = await startWorld()
  const { data } = await world.postVideo()
  fileId = String(data.fileId)
  aesKey = String(data.aesKey)
})
afterAll(() => world.close())

const videomsg = (more = '') => `<videomsg aeskey="${aesKey}" cdnvideourl="${fileId}" length="1"${more}/>`
const message = (inner = videomsg(), before = '') => `<?xml version="1.0"?>${before}<msg>${inner}</msg>`

const routes = ['/message/forwardVideo', '/message/downloadVideo']

/** Asks both routes that read XML. */
async function refused(
  xml: string,
  code: 'xml_invalid' | 'media_unknown' | 'media_key_mismatch',
  says = /./,
) {
  const body = { appId: world.sender.appId, toWxid: world.friend.wxid, xml }
  for (const route of routes)
    await expectRefusal(world.gateway, () => world.gateway.post(route, body), { code, says })
}

test('XML that names what was sent is taken', async () => {
  const body = { appId: world.sender.appId, toWxid: world.friend.wxid, xml: message() }
  for (const route of routes) expect(await world.gateway.post(route, body)).toMatchObject({ ret: 200 })
})

describe('XML that is', () => {
  test.each<[string, () => string]>([
    ['with a DTD', () => message(videomsg(), '<!DOCTYPE msg>')],
    ['with entities', () => message(videomsg(), '<!DOCTYPE m [<!ENTITY a "b">]>')],
    ['with an entity from outside', () => message(videomsg(), '<!DOCTYPE m SYSTEM "file:///etc/passwd">')],
    [
      'a billion laughs',
      () => message('&c;', '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>'),
    ],
    ['with a reference to nothing', () => message(videomsg(' x="&nothing;"'))],
    ['with an empty reference', () => message(`&;${videomsg()}`)],
    ['with a character XML cannot hold', () => message(videomsg(' x="&#0;"'))],
    ['with a control character', () => message(`\u0001${videomsg()}`)],
    ['of ten thousand elements', () => message('<a/>'.repeat(10_000) + videomsg())],
    ['nested a thousand deep', () => message('<a>'.repeat(1000) + '</a>'.repeat(1000))],
    ['without videomsg', () => message('<img aeskey="a" cdnvideourl="b"/>')],
    ['with two videomsg', () => message(videomsg() + videomsg())],
    ['with two roots', () => message() + message().slice(21)],
    ['cut short', () => message().slice(0, -8)],
    ['without a key', () => message(`<videomsg cdnvideourl="${fileId}"/>`)],
    ['without a file', () => message(`<videomsg aeskey="${aesKey}"/>`)],
    ['escaped', () => message().replaceAll('<', '&lt;')],
    ['with a processing instruction', () => message(`<?php phpinfo() ?>${videomsg()}`)],
    ['no XML', () => 'hello'],
    ['nothing but space', () => '  \n '],
    ['JSON', () => JSON.stringify({ fileId, aesKey })],
  ])('%s is refused', (_name, xml) => refused(xml(), 'xml_invalid'))

  test('of a million elements is refused', () =>
    expectRefusal(
      world.gateway,
      () =>
        world.gateway.post('/message/forwardVideo', {
          ...world.request(),
          xml: message('<a/>'.repeat(1_000_000)),
        }),
      { code: 'body_too_large', says: /MiB/ },
    ))

  test('longer than any message is refused', () =>
    expectRefusal(
      world.gateway,
      () =>
        world.gateway.post('/message/forwardVideo', {
          ...world.request(),
          xml: message('<a/>'.repeat(20_000)),
        }),
      { code: 'request_invalid', says: /xml 过长/ },
    ))

  test.each(['https://example.com/v.mp4', ' http://example.com/v.mp4?sign=a<b', 'file:///v.mp4'])(
    'a URL, %s, is refused with a word on postVideo',
    (xml) => refused(xml, 'xml_invalid', /postVideo/),
  )

  test('no string is refused', () =>
    expectRefusal(
      world.gateway,
      () => world.gateway.post('/message/forwardVideo', { ...world.request(), xml: { msg: 1 } }),
      { code: 'request_invalid', says: /xml 应为字符串/ },
    ))
})

describe('a cdn file', () => {
  test('that is not ours is refused, in the shape of a real one or not', async () => {
    const flipped = fileId.replace(/.(?=.{20}$)/, (digit) => (digit === '0' ? '1' : '0'))
    for (const id of ['30580201', 'not-hex', flipped, `${fileId}00`, 'f'.repeat(1000)])
      await refused(message().replace(fileId, id), 'media_unknown')
  })

  test('with a wrong key is refused', async () => {
    const flipped = aesKey.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
    for (const key of ['0'.repeat(32), flipped, aesKey.slice(1), `${aesKey}0`, 'x'])
      await refused(message().replace(aesKey, key), 'media_key_mismatch', /aeskey/i)
  })

  test('is not told apart from one of another token by the words of the refusal', async () => {
    const { data } = await world.gateway.post(
      '/message/postVideo',
      world.request({ appId: world.stranger.appId, toWxid: 'filehelper' }),
      { token: world.otherToken },
    )
    const of = (id: string) =>
      world.gateway.post('/message/downloadCdn', {
        appId: world.sender.appId,
        aesKey: data.aesKey,
        type: '4',
        fileId: id,
      })
    const theirs = String(data.fileId)
    const nobodys = fileId.replace(/.(?=.{60}$)/, (digit) => (digit === '3' ? '6' : '3'))
    expect(await of(theirs)).toEqual(await of(nobodys))
  })

  test.each(['fileId', 'aesKey'])('that downloadCdn is told with a wrong %s is refused', (field) => {
    const body = { appId: world.sender.appId, fileId, aesKey, type: '4', [field]: 'ab' }
    return expectRefusal(world.gateway, () => world.gateway.post('/message/downloadCdn', body), {
      code: field === 'fileId' ? 'media_unknown' : 'media_key_mismatch',
    })
  })
})
