import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startTestGateway, token } from '../rigs/gateway.ts'
import { withTokens } from '../stories/refusal.ts'
import { consoleStories, pageHeaders, signIn, visitor } from './world.ts'

consoleStories('signing in', (start) => {
  const ask = async (baseUrl: string, path: string, headers: Record<string, string>, body: unknown = {}) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    const reply = (await response.json()) as { ret: number; data: { code?: string; msg?: string } }
    return { reply, cookie: response.headers.getSetCookie()[0] }
  }

  test('a token gives a cookie that no script and no other site can use, and that is not the token', async () => {
    const gateway = await start()
    const { reply, cookie } = await ask(gateway.baseUrl, '/console/signIn', pageHeaders, { token })
    expect(reply).toMatchObject({ ret: 200, data: { channels: ['local', 'ilink'] } })
    expect(cookie).toMatch(
      /^hongyan_session=[\w-]{43}; Max-Age=604800; Path=\/console; HttpOnly; SameSite=Strict$/,
    )
    expect(cookie).not.toContain(token)
  })

  test.each([
    ['a proxy says so', { 'x-forwarded-proto': 'https' }, true],
    ['each of two proxies says how it was asked', { 'x-forwarded-proto': 'https, http' }, true],
    ['the browser says so', { origin: 'https://gateway.example' }, true],
    ['nobody says so', { origin: 'http://gateway.example' }, false],
  ])('the cookie is for TLS alone where %s: %j', async (_name, headers, secure) => {
    const gateway = await start({ HONGYAN_PUBLIC_URL: 'https://gateway.example' })
    const all = { ...pageHeaders, ...headers }
    const { cookie } = await ask(gateway.baseUrl, '/console/signIn', all, { token })
    expect(cookie?.includes('; Secure')).toBe(secure)
  })

  test('a wrong token is refused without a cookie', async () => {
    const gateway = await start()
    for (const wrong of ['wrong', '', 'pass.tok_x.zzzzzzzz.AAAA', 'x'.repeat(512)]) {
      const { reply, cookie } = await ask(gateway.baseUrl, '/console/signIn', pageHeaders, { token: wrong })
      expect(reply.ret).toBe(500)
      expect(cookie).toBeUndefined()
    }
  })

  test('signing in is tried twenty times in a minute and no more, and the refusal says when to come back', async () => {
    const gateway = await start()
    const answers = []
    for (let count = 0; count < 21; count += 1) {
      answers.push(
        (await ask(gateway.baseUrl, '/console/signIn', pageHeaders, { token: 'wrong' })).reply.data,
      )
    }
    expect(answers[19]?.code).toBe('token_invalid')
    expect(answers[20]).toMatchObject({
      code: 'too_many_requests',
      msg: expect.stringMatching(/在 \d+ 秒后再试/),
    })
    // The owner of the machine is not kept out by whoever tries.
    const link = await gateway.consoleLink('/')
    const pass = link?.split('#pass=')[1]
    expect((await ask(gateway.baseUrl, '/console/signIn', pageHeaders, { token: pass })).reply.ret).toBe(200)
  })

  test('a signed-in browser calls the public API and the console, and outlives a restart', async () => {
    const gateway = await start()
    const browser = await signIn(gateway)
    expect((await browser.call('/console/api/login/deviceList')).ret).toBe(200)
    await gateway.restart()
    expect((await browser.call('/console/devices')).ret).toBe(200)
  })

  test('signing out ends the session on the server', async () => {
    const gateway = await start()
    const browser = await signIn(gateway)
    expect((await browser.call('/console/signOut')).ret).toBe(200)
    expect(await browser.call('/console/devices')).toMatchObject({
      ret: 500,
      data: { code: 'token_missing' },
    })
    expect((await browser.get('/console/api/live')).status).toBe(401)
  })

  test('revoking the token ends its sessions', async () => {
    const gateway = await start()
    const other = await withTokens(gateway, (tokens) => tokens.create('other'))
    const browser = await signIn(gateway, other)
    expect((await browser.call('/console/devices')).ret).toBe(200)
    await withTokens(gateway, (tokens) => tokens.revoke('other'))
    expect(await browser.call('/console/devices')).toMatchObject({ data: { code: 'token_missing' } })
  })

  test('the cookie opens nothing outside of /console', async () => {
    const gateway = await start()
    const browser = await signIn(gateway)
    for (const path of ['/login/deviceList', '/v2/api/login/deviceList', '/message/postText']) {
      expect(await browser.call(path)).toMatchObject({ ret: 500, data: { code: 'token_missing' } })
    }
    expect((await browser.get('/live')).status).toBe(401)
  })

  test.each([
    ['without the header of our own pages', { 'x-hongyan-console': undefined }],
    ['from another port of this host', { 'sec-fetch-site': 'same-site' }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['typed into the address bar', { 'sec-fetch-site': 'none' }],
  ])('a call with the cookie but %s is refused', async (_name, change) => {
    const gateway = await start()
    const { cookie } = await signIn(gateway)
    const all = Object.entries({ ...pageHeaders, cookie, ...change })
    const headers = Object.fromEntries(
      all.filter((entry): entry is [string, string] => entry[1] !== undefined),
    )
    for (const path of [
      '/console/devices',
      '/console/api/login/deviceList',
      '/console/session',
      '/console/signOut',
    ]) {
      expect((await ask(gateway.baseUrl, path, headers)).reply.data.code).toBe('token_missing')
    }
    // Nobody was signed out by it.
    expect((await visitor(gateway, cookie).call('/console/devices')).ret).toBe(200)
  })
})

test('nothing of a token or a session is in the data folder', async () => {
  const gateway = await startTestGateway()
  try {
    const { cookie } = await signIn(gateway)
    const secret = cookie.split('=')[1] ?? ''
    expect(secret.length).toBe(43)
    for (const name of await readdir(gateway.dataDir, { recursive: true })) {
      const bytes = await readFile(`${gateway.dataDir}/${name}`).catch(() => Buffer.alloc(0))
      expect(bytes.includes(secret), name).toBe(false)
    }
  } finally {
    await gateway.close()
  }
})
