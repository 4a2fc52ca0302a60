import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { expectRefusal, postRaw, startWorld, type World } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const send = '/message/postVideo'
const json = 'application/json'
const refused = (code: ErrorCode, body: Buffer | string, type: string | undefined = json) =>
  expectRefusal(world.gateway, () => postRaw(world.gateway, send, body, { ...(type ? { type } : {}) }), {
    code,
    title: '发送视频失败',
  })
const valid = () => JSON.stringify(world.request())
const bom = Buffer.from([0xef, 0xbb, 0xbf])

describe('a body that is no JSON object', () => {
  test.each(['{', '{]', 'appId=1&toWxid=2', '<xml/>', "{'appId':1}", 'undefined', '\u0000', '{}{}'])(
    '%j is refused in the envelope',
    (body) => refused('body_invalid', body),
  )

  test.each(['[]', '[{}]', '"text"', '1', 'true', '-0', '1e999'])(
    'JSON that is no object, %s, is refused',
    (body) => refused('body_invalid', body),
  )

  test('bytes that are no UTF-8 are refused', async () => {
    await refused('body_invalid', Buffer.from([0xff, 0xfe, 0x00, 0x7b]))
    await refused('body_invalid', Buffer.concat([Buffer.from('{"appId":"'), Buffer.from([0xd6, 0xd0])]))
  })

  test('a compressed body is refused', () => refused('body_invalid', Buffer.from([0x1f, 0x8b, 8, 0, 0])))

  test('nesting beyond reason is refused, closed or not', async () => {
    await refused('body_invalid', '['.repeat(100_000))
    await refused('body_invalid', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    await refused('request_invalid', `{"appId":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
  })
})

describe('a body that names the prototype', () => {
  const hostile = ['{"__proto__":{"appId":"x"}}', '{"\\u005f_proto__":null}', '{"a":{"__proto__":{"ret":1}}}']
  test.each(hostile)('%s is refused', async (body) => {
    await refused('body_invalid', body)
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('no field is taken from a prototype', async () => {
    const body = `{"constructor":{"prototype":${valid()}},"prototype":${valid()}}`
    await refused('request_invalid', body)
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('a body of nothing', () => {
  test.each([
    ['', json],
    ['', undefined],
    ['', 'text/plain'],
    [' \n', json],
    ['null', json],
    [bom, json],
    ['{}', undefined],
  ])('%j of type %s is an empty object', (body, type) => refused('request_invalid', body, type))

  test('a post without a body or a length gets a token back', async () => {
    const reply = await postRaw(world.gateway, '/tools/getTokenId', '')
    expect(reply).toMatchObject({ ret: 200, msg: '执行成功' })
  })
})

describe('an odd content type', () => {
  const types = [
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'application/JSON; charset=utf-8',
    'application/json;charset=GBK',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'garbage',
    'a/b/c',
    ';',
    'application/json;',
    'application/json; charset=',
  ]
  test.each([...types, undefined])('%s keeps no request from being read', async (type) => {
    const { status, ret, data } = await postRaw(world.gateway, send, valid(), { ...(type ? { type } : {}) })
    expect({ status, ret, data }).toMatchObject({ status: 200, ret: 200 })
  })

  test('a byte order mark is passed over', async () => {
    const body = Buffer.concat([bom, Buffer.from(valid())])
    expect(await postRaw(world.gateway, send, body, { type: json })).toMatchObject({ ret: 200 })
  })
})

describe('a body too large', () => {
  test.each([2, 16])('of %d MiB is refused in the envelope', (mebibytes) =>
    expectRefusal(
      world.gateway,
      () => postRaw(world.gateway, send, `{"xml":"${'x'.repeat(mebibytes * 1024 ** 2)}"}`, { type: json }),
      { code: 'body_too_large', says: /MiB/ },
    ),
  )

  test('without a promised length is refused in the envelope', () =>
    expectRefusal(
      world.gateway,
      async () => {
        const pieces = Array.from({ length: 32 }, () => Buffer.alloc(64 * 1024, ' '))
        const response = await fetch(`${world.gateway.baseUrl}${send}`, {
          method: 'POST',
          headers: { 'x-gewe-token': 'test-token-0123456789abcdef', 'content-type': json },
          body: ReadableStream.from(pieces),
          duplex: 'half',
        })
        return { status: response.status, ...JSON.parse(await response.text()) }
      },
      { code: 'body_too_large', says: /MiB/ },
    ))
})

describe('a route that is not there', () => {
  const prefixes = ['', '/v2/api', '/gewe/v2/api']
  const unknown = { code: 'route_unknown', status: 404, title: '接口不存在' } as const

  test.each(prefixes)('is HTTP 404 in the envelope under "%s"', (prefix) =>
    expectRefusal(world.gateway, () => world.gateway.post(`${prefix}/message/postNothing?${'k=v'}`), unknown),
  )

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s on a route for POST is one', (method) =>
    expectRefusal(
      world.gateway,
      async () => {
        const response = await fetch(`${world.gateway.baseUrl}${send}`, { method })
        return { status: response.status, ...JSON.parse(await response.text()) }
      },
      unknown,
    ),
  )

  test.each(['/message/%zz', '/%', '/message/%00', '/%c0%ae%c0%ae/etc/passwd', `/${'a/'.repeat(2000)}`])(
    'spelled %s it is one too',
    (path) => expectRefusal(world.gateway, () => world.gateway.post(path), unknown),
  )

  test.each(['{bad', '[]', '"', '{"a":"\\u0000"}', 'GET / HTTP/1.1'])(
    'it is one whatever came with it: %s',
    (text) =>
      expectRefusal(
        world.gateway,
        async () => {
          const at = `${world.gateway.baseUrl}/message/postNothing`
          const response = await fetch(at, { method: 'POST', body: text })
          return { status: response.status, ...JSON.parse(await response.text()) }
        },
        unknown,
      ),
  )

  test('is shown without its query', async () => {
    const reply = await world.gateway.post('/message/postNothing?q=5ecre7')
    expect(JSON.stringify(reply)).not.toContain('5ecre7')
  })
})
