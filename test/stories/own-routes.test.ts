import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { status } from '../rigs/origin.ts'
import { stories, until } from '../rigs/world.ts'

stories('the gateway’s own routes', (world) => {
  test('GET / greets in plain text, /healthz and /readyz say that it lives and can serve', async () => {
    const { gateway } = await world()
    const greeting = await fetch(gateway.baseUrl)
    expect(greeting.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await greeting.text()).toContain('gewe')
    expect(await (await fetch(`${gateway.baseUrl}/healthz`)).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(`${gateway.baseUrl}/readyz`)).json()).toEqual({
      status: 'ready',
      database: 'ok',
      blobs: 'ok',
      sessions: [],
    })
  })

  test('metrics count sends by result, bytes, cache hits and callbacks, and the age of the oldest one owed', async () => {
    const { gateway, origin, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    receiver.answers = [500, 500]
    await gateway.post('/message/postVideo', request())
    origin.route('/video.mp4', status(404))
    await gateway.post('/message/postVideo', request())
    const metrics = () => fetch(`${gateway.baseUrl}/metrics`).then((response) => response.text())
    const text = await until(async () => {
      const now = await metrics()
      return now.includes('hongyan_callbacks_total{result="retried"} 1') && now
    })
    expect(text).toContain('hongyan_sends_total{kind="postVideo",result="ok"} 1')
    expect(text).toContain('hongyan_sends_total{kind="postVideo",result="fetch_status"} 1')
    expect(text).toMatch(/hongyan_media_bytes_total [1-9]/)
    expect(text).toContain('hongyan_media_fetches_total{cache="miss"} 1')
    expect(text).toMatch(/hongyan_ingest_seconds_count 1/)
    expect(text).toMatch(/hongyan_callbacks_oldest_owed_seconds 0?\.?\d*[1-9]/)
  })

  test('the OpenAPI document lists every endpoint once and is the committed one', async () => {
    const { gateway } = await world()
    const document = (await (await fetch(`${gateway.baseUrl}/openapi.json`)).json()) as { paths: object }
    const committed = await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8')
    expect(document).toEqual(JSON.parse(committed))
    expect(Object.keys(document.paths)).toContain('/message/postVideo')
    expect(Object.keys(document.paths).some((path) => path.startsWith('/v2/api'))).toBe(false)
  })

  test('the documentation loads nothing from elsewhere', async () => {
    const { gateway } = await world()
    const page = await fetch(`${gateway.baseUrl}/docs/`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    const sources = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source)
    expect(sources.length).toBeGreaterThan(2)
    for (const source of sources) expect(source).not.toMatch(/^(https?:)?\/\//)
  })

  test('an unknown route is 404 in the envelope', async () => {
    const { gateway } = await world()
    const reply = await gateway.post('/v2/api/message/postNothing')
    expect(reply).toMatchObject({ status: 404, ret: 500, data: { code: 'route_unknown', sent: 'no' } })
  })
})
