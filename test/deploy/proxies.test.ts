import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { certificate } from '../rigs/certificate.ts'
import { type GatewayProcess, newFolder, startProcess, token, until } from '../rigs/process.ts'
import { video } from '../rigs/videos.ts'
import { atHand, deployed, outcomeOf } from './program.ts'
import { freePorts, type ProxyName, startProxy } from './proxy.ts'

vi.setConfig({ testTimeout: 120_000 })

const agent = new Agent({ connect: { ca: certificate.cert } })
const MIB = 1024 ** 2
const open: { stop(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop()
})

/** A gateway behind a proxy, as its operator is told to set it up, and a call through both. */
async function behind(name: ProxyName) {
  const ports = await freePorts()
  const url = `https://127.0.0.1:${ports.https}`
  const gateway = await startProcess({ dataDir: newFolder(), env: { HONGYAN_PUBLIC_URL: url } })
  const proxy = startProxy(name, gateway.baseUrl, ports)
  open.push(proxy)
  const ask = (path: string, options: Omit<Parameters<typeof request>[1] & object, 'path'> = {}) =>
    request(`${url}${path}`, { dispatcher: agent, ...options })
  await until('the proxy serves', async () => {
    const { statusCode, body } = await ask('/healthz')
    await body.dump()
    return statusCode === 200 || undefined
  })
  const post = async (
    path: string,
    body: object,
    headers: Record<string, string> = { 'x-gewe-token': token },
  ) => {
    const json = { 'content-type': 'application/json', ...headers }
    const answer = await ask(path, { method: 'POST', headers: json, body: JSON.stringify(body) })
    return { headers: answer.headers, reply: JSON.parse(await answer.body.text()) }
  }
  return { gateway, proxy, ports, url, ask, post }
}

/** The most bytes that any upload under way has on the gateway's disk. */
function stagedBytes({ dataDir }: GatewayProcess): number {
  const staging = join(dataDir, 'blobs/staging')
  const files = readdirSync(staging, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Math.max(0, ...files.map(({ parentPath, name }) => statSync(join(parentPath, name)).size))
}

describe.each(['nginx', 'caddy'] as const)('behind %s', (name) => {
  test.skipIf(!atHand(name))(
    'a file of 20 MiB is uploaded as it comes, and any range of it comes back',
    async () => {
      const { gateway, proxy, url, ask } = await behind(name)
      const file = Buffer.concat([
        video,
        Buffer.from([1, 64, 0, 0]),
        Buffer.from('free'),
        randomBytes(20 * MIB),
      ])
      const half = file.length / 2
      async function* inHalves() {
        yield file.subarray(0, half)
        // A proxy that held it back until it is whole would keep this from coming true.
        await until('the first half is with the gateway', () => stagedBytes(gateway) > 8 * MIB || undefined)
        yield file.subarray(half)
      }
      const uploaded = await ask('/tools/uploadFile?name=talk.mp4', {
        method: 'POST',
        headers: { 'x-gewe-token': token, 'content-length': String(file.length) },
        body: Readable.from(inHalves(), { objectMode: false }),
      })
      const { ret, data } = JSON.parse(await uploaded.body.text())
      expect(ret).toBe(200)
      expect(data).toMatchObject({ length: file.length, md5: createHash('md5').update(file).digest('hex') })
      expect(data.fileUrl.startsWith(`${url}/download/`)).toBe(true)
      const path = data.fileUrl.slice(url.length)

      const part = await ask(path, { headers: { range: `bytes=${half}-${half + 999}` } })
      expect(part.statusCode).toBe(206)
      expect(part.headers['content-range']).toBe(`bytes ${half}-${half + 999}/${file.length}`)
      expect(Buffer.from(await part.body.arrayBuffer())).toEqual(file.subarray(half, half + 1000))
      const whole = await ask(path)
      expect(whole.headers['content-length']).toBe(String(file.length))
      expect(Buffer.from(await whole.body.arrayBuffer()).equals(file)).toBe(true)

      await proxy.stop()
      if (name === 'nginx') expect(readFileSync(proxy.accessLog, 'utf8')).toContain('/healthz')
      const logged = existsSync(proxy.accessLog) ? readFileSync(proxy.accessLog, 'utf8') : ''
      expect(logged).not.toContain('/download/')
    },
  )

  test.skipIf(!atHand(name))('what happens is told while it happens', async () => {
    const { gateway, ask } = await behind(name)
    const [sender, friend] = [await gateway.device(), await gateway.device()]
    const { body } = await ask('/live', { headers: { 'x-gewe-token': token } })
    let heard = ''
    const reading = (async () => {
      for await (const part of body) heard += part
    })()
    reading.catch(() => undefined)
    await until('the feed is open', () => heard.includes('retry:') || undefined)
    const text = { appId: sender.appId, toWxid: friend.wxid, content: '你好' }
    expect(await gateway.post('/message/postText', text)).toMatchObject({ ret: 200 })
    // The answer has no end: what is seen of it was not held back.
    await until('the message is told', () => heard.includes('event: message') || undefined)
    body.destroy()
  })

  test.skipIf(!atHand(name))('who hangs up has hung up on the gateway', async () => {
    const { ask } = await behind(name)
    const follow = async () => {
      const { statusCode, body } = await ask('/live', { headers: { 'x-gewe-token': token } })
      body.on('error', () => undefined)
      return { statusCode, hangUp: () => body.destroy() }
    }
    // As many as one token may have: each that the gateway took for there still would keep the next one out.
    const followers = await Promise.all(Array.from({ length: 64 }, follow))
    const refused = await follow()
    expect(refused.statusCode).toBe(429)
    refused.hangUp()
    for (const { hangUp } of followers) hangUp()
    await until('another may follow', async () => {
      const next = await follow()
      next.hangUp()
      return next.statusCode === 200 || undefined
    })
  })

  test.skipIf(!atHand(name))(
    'figures and documents are for the operator alone, however they are asked for',
    async () => {
      const { ask, ports, gateway } = await behind(name)
      const open = await fetch(`${gateway.baseUrl}/v2/api/metrics`)
      expect(await open.text()).toContain('hongyan_sends_total')
      for (const page of ['metrics', 'docs', 'docs/json', 'openapi.json', 'readyz']) {
        for (const prefix of [
          '/',
          '//',
          '/v2/api/',
          '/gewe/v2/api/',
          '/console/api/',
          '/v2/api//',
          '/x/../',
        ]) {
          for (const tail of ['', '/', '?a=b', '/?a']) {
            const { statusCode, body } = await ask(`${prefix}${page}${tail}`)
            expect({ at: `${prefix}${page}${tail}`, statusCode }).toMatchObject({ statusCode: 404 })
            await body.dump()
          }
        }
      }
      for (const path of [
        '/%6detrics',
        '/metric%73',
        '/%2fmetrics',
        '/v2%2fapi/metrics',
        '/metrics%2f',
        '/METRICS',
      ]) {
        const { body } = await ask(path)
        expect(await body.text(), path).not.toContain('hongyan_')
      }
      const plain = await request(`http://127.0.0.1:${ports.http}/metrics`)
      expect([301, 308]).toContain(plain.statusCode)
      expect(plain.headers.location).toMatch(/^https:/)
      await plain.body.dump()
    },
  )

  test.skipIf(!atHand(name))(
    'nobody is given a token, and the cookie of the console is for TLS alone',
    async () => {
      const { post } = await behind(name)
      expect((await post('/tools/getTokenId', {}, {})).reply).toMatchObject({
        ret: 500,
        data: { code: 'token_closed' },
      })
      const page = { 'x-hongyan-console': '1' }
      const { headers, reply } = await post('/console/api/console/signIn', { token }, page)
      expect(reply).toMatchObject({ ret: 200 })
      expect(String(headers['set-cookie'])).toContain('; Secure')
    },
  )

  test('without the program on this machine these rules are not tried', ({ skip }) => {
    if (!atHand(name)) skip(`${name} is not at hand`)
    const check = {
      // Certificates and logs of a real host are not here: the syntax is checked by every test above.
      nginx: () => expect(outcomeOf('nginx', ['-v']).code).toBe(0),
      caddy: () => {
        const args = ['validate', '--adapter', 'caddyfile', '--config', 'deploy/Caddyfile']
        expect(outcomeOf('caddy', args)).toMatchObject({ code: 0 })
      },
    }
    check[name]()
  })
})

test('nginx waits for a send as long as the gateway does, and never makes it twice', () => {
  const settings = deployed('nginx.conf')
  for (const name of ['proxy_read_timeout', 'proxy_send_timeout']) {
    const [, minutes] = new RegExp(`^ +${name} (\\d+)m;`, 'm').exec(settings) ?? []
    expect(Number(minutes)).toBeGreaterThan(30)
  }
  expect(settings).toMatch(/^ +proxy_next_upstream off;/m)
})
