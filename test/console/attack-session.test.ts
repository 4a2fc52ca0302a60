import { expect, test } from 'vitest'
import { makePass } from '../../src/pass.ts'
import { secretKeyOf } from '../../src/secret-key.ts'
import { token } from '../rigs/gateway.ts'
import { stories, until } from '../rigs/world.ts'
import { withTokens } from '../stories/refusal.ts'
import { pageHeaders, signIn, visitor } from './world.ts'

stories('sessions under attack', (world) => {
  const signInAt = async (baseUrl: string, as: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${baseUrl}/console/signIn`, {
      method: 'POST',
      headers: { ...pageHeaders, ...headers },
      body: JSON.stringify({ token: as }),
    })
    return { reply: await response.json(), cookie: response.headers.getSetCookie()[0] }
  }

  test('a session that a browser had before is over once it signs in anew', async () => {
    const { gateway } = await world()
    const first = await signIn(gateway)
    await signInAt(gateway.baseUrl, token, { cookie: first.cookie })
    expect((await first.call('/console/devices')).ret).toBe(500)
  })

  test('a cookie that somebody else chose never becomes a session', async () => {
    const { gateway } = await world()
    const chosen = `hongyan_session=${'A'.repeat(43)}`
    const { cookie = '' } = await signInAt(gateway.baseUrl, token, { cookie: chosen })
    expect(cookie).not.toContain('A'.repeat(43))
    expect((await visitor(gateway, chosen).call('/console/devices')).ret).toBe(500)
  })

  test.each(['https, http', 'https,http'])(
    'behind proxies that say %j the cookie is Secure',
    async (proto) => {
      const { gateway } = await world()
      expect((await signInAt(gateway.baseUrl, token, { 'x-forwarded-proto': proto })).cookie).toContain(
        '; Secure',
      )
    },
  )

  test.each(['signIn', 'session', 'signOut'])('what anybody may ask of %s is short', async (name) => {
    const { gateway } = await world()
    const response = await fetch(`${gateway.baseUrl}/console/${name}`, {
      method: 'POST',
      headers: pageHeaders,
      body: JSON.stringify({ token: 'x', more: 'x'.repeat(64 * 1024) }),
    })
    expect(await response.json()).toMatchObject({ ret: 500, data: { code: 'body_too_large' } })
  })

  test('a pass that was altered, is over or stands for a revoked token opens nothing', async () => {
    const { gateway } = await world()
    const key = await secretKeyOf(undefined, gateway.dataDir)
    const id = await withTokens(gateway, async (tokens) => {
      await tokens.create('other')
      return (await tokens.list()).find(({ name }) => name === 'other')?.id ?? ''
    })
    const good = makePass(key, id)
    const opens = async (pass: string) =>
      (await gateway.post('/login/deviceList', {}, { token: pass })).ret === 200
    expect(await opens(good)).toBe(true)
    for (let at = 0; at < good.length; at += 1) {
      const altered = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1)
      expect(await opens(altered), altered).toBe(false)
    }
    for (const bad of [
      `${good}=`,
      `${good}.x`,
      `x.${good}`,
      good.slice(0, -1),
      makePass(key, id, Date.now() - 600_001),
      makePass(key, 'a.b'),
      makePass(key, ''),
      'pass...',
      'pass',
    ])
      expect(await opens(bad), bad).toBe(false)
    await withTokens(gateway, (tokens) => tokens.revoke('other'))
    expect(await opens(good)).toBe(false)
    expect((await signInAt(gateway.baseUrl, good)).cookie).toBeUndefined()
  })

  test('signing in cannot be tried more often by another spelling of its address', async () => {
    const { gateway } = await world()
    const paths = [
      '/console/signIn',
      '/console/api/console/signIn',
      '/v2/api/console/signIn',
      '//console/signIn',
      '/console/signIn/',
      '/console/sign%49n',
      '/console//signIn',
      '/gewe/v2/api/console/signIn',
    ]
    const codes = []
    for (let count = 0; count < 48; count += 1) {
      const response = await fetch(`${gateway.baseUrl}${paths[count % paths.length]}`, {
        method: 'POST',
        headers: {
          ...pageHeaders,
          'x-forwarded-for': `10.0.0.${count}`,
          'x-real-ip': `10.0.0.${count}`,
          forwarded: `for=10.0.0.${count}`,
        },
        body: JSON.stringify({ token: 'wrong' }),
      })
      codes.push(((await response.json()) as { data: { code: string } }).data.code)
    }
    expect(codes.filter((code) => code === 'token_invalid').length).toBe(20)
    expect(codes.filter((code) => code === 'too_many_requests').length).toBe(28)
  })

  test('what is behind the cookie is nothing that a page from elsewhere may read or embed', async () => {
    const { gateway, request, friend } = await world()
    const sent = await gateway.post<{ newMsgId: number }>('/message/postVideo', request())
    const browser = await signIn(gateway)
    const response = await until(async () => {
      const found = await browser.get(`/console/media/${friend.appId}/${sent.data.newMsgId}/body`)
      await found.body?.cancel()
      return found.status === 200 ? found : undefined
    })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  })

  test('a device’s name has no control characters', async () => {
    const { gateway, sender } = await world()
    const browser = await signIn(gateway)
    for (const nickName of ['a\u001b[2Jb', 'a\nb', 'a\u009bb', 'a\u007f'])
      expect([
        nickName,
        await browser.call('/console/renameDevice', { appId: sender.appId, nickName }),
      ]).toMatchObject([nickName, { ret: 500, data: { code: 'request_invalid' } }])
  })
})
