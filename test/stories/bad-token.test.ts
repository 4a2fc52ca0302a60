import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway } from '../rigs/gateway.ts'
import { expectRefusal, startWorld, type World, withTokens } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const post = (path: string, body: unknown, token?: string | null, headers?: Record<string, string>) =>
  world.gateway.post(path, body, {
    ...(token === undefined ? {} : { token }),
    ...(headers ? { headers } : {}),
  })

describe('the token', () => {
  const missing = { code: 'token_missing', title: 'header:X-GEWE-TOKEN 不可为空' } as const
  const invalid = { code: 'token_invalid', title: / 不可用或已过期$/ } as const

  test.each([null, '', '   '])('a send with the token %j is refused as having none', (none) =>
    expectRefusal(world.gateway, () => post('/message/postVideo', world.request(), none), missing),
  )

  test.each(['wrong', `${'x'.repeat(32)}`, 'a'.repeat(4000), "' OR 1=1 --", '%00'])(
    'a send with the unknown token %s is refused in the words clients look for',
    (unknown) =>
      expectRefusal(world.gateway, () => post('/message/postVideo', world.request(), unknown), invalid),
  )

  test('a token named twice counts as neither', () =>
    expectRefusal(
      world.gateway,
      () => post('/login/deviceList', {}, `${world.otherToken}, ${world.otherToken}`),
      invalid,
    ))

  test('a refused token is not repeated in the reply', async () => {
    const nearly = `${world.otherToken.slice(0, -1)}z`
    const reply = await post('/message/postVideo', world.request(), nearly)
    expect(JSON.stringify(reply)).not.toContain(nearly.slice(4))
  })

  test('a revoked token is refused, also one that was in use', async () => {
    const revoked = await withTokens(world.gateway, (tokens) => tokens.create('to be revoked'))
    expect(await post('/login/deviceList', {}, revoked)).toMatchObject({ ret: 200 })
    await withTokens(world.gateway, (tokens) => tokens.revoke('to be revoked'))
    await expect
      .poll(async () => (await post('/login/deviceList', {}, revoked)).ret, { timeout: 10_000 })
      .toBe(500)
    await expectRefusal(world.gateway, () => post('/message/postVideo', world.request(), revoked), invalid)
  })

  test('a stranger gets no token where the gateway gives none out', async () => {
    const closed = await startTestGateway({ env: { HONGYAN_OPEN_TOKENS: 'off' } })
    try {
      await expectRefusal(closed, () => closed.post('/tools/getTokenId', {}, { token: null }), {
        code: 'token_closed',
      })
      await expectRefusal(closed, () => closed.post('/tools/getTokenId', {}, { token: 'wrong' }), invalid)
    } finally {
      await closed.close()
    }
  })

  test('a pass, which stands for a token that nobody can tell any more, brings no other token', async () => {
    const link = await world.gateway.consoleLink('/')
    const pass = /#pass=(.*)$/.exec(link ?? '')?.[1] ?? ''
    expect(await post('/login/deviceList', {}, pass)).toMatchObject({ ret: 200 })
    await expectRefusal(world.gateway, () => post('/tools/getTokenId', {}, pass), invalid)
  })

  test.each([{ origin: 'http://evil.example' }, { 'x-forwarded-for': '1.2.3.4' }, { via: '1.1 proxy' }])(
    'a web page or a proxy on this machine gets no token: %j',
    (headers) =>
      expectRefusal(world.gateway, () => post('/tools/getTokenId', {}, null, headers), {
        code: 'token_closed',
      }),
  )
})
