import { afterEach, beforeEach, expect, test } from 'vitest'
import { startClips, video } from '../faults/clips.ts'
import { html, type Origin, serve, status } from '../rigs/origin.ts'
import { newFolder, startProcess, token, until } from '../rigs/process.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'

let origin: Origin
beforeEach(async () => {
  origin = await startClips()
})
afterEach(() => origin.close())

test('a whole session at level trace tells no token, key, query of a URL or signed link', async () => {
  origin.route('/callback', serve('ok'))
  const gateway = await startProcess({ dataDir: newFolder(), env: { HONGYAN_LOG_LEVEL: 'trace' } })
  const { post } = gateway
  const callback = await post<{ callbackSecret: string }>('/tools/setCallback', {
    token,
    callbackUrl: `${origin.url}/callback?key=query-secret-callback`,
  })
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  const to = { appId: sender.appId, toWxid: friend.wxid }
  const sent = await post<Sent>('/message/postVideo', { ...to, ...video(origin, 1) })
  const xml = xmlOf(sent.data)
  await post('/message/postVideo', { ...to, ...video(origin, 1) }, { 'idempotency-key': 'key-secret' })
  const forwarded = await post('/message/forwardVideo', { ...to, xml })
  const link = await post<{ fileUrl: string }>('/message/downloadVideo', { appId: friend.appId, xml })
  const { aesKey, fileId } = sent.data
  const thumb = await post<{ fileUrl: string }>('/message/downloadCdn', {
    ...{ appId: friend.appId, aesKey, fileId, type: '3', totalSize: '1', suffix: 'jpg' },
  })
  const links = [link.data.fileUrl, thumb.data.fileUrl]
  for (const url of links) expect((await fetch(url)).status).toBe(200)
  expect([sent.ret, forwarded.ret]).toEqual([200, 200])

  // And what goes wrong, since faults are where secrets leak.
  origin.route('/callback', status(500))
  await post('/message/forwardVideo', { ...to, xml })
  origin.route('/2.mp4', html())
  origin.route('/3.mp4', status(403))
  origin.route('/4.mp4', ({ socket }) => socket.destroy())
  for (const number of [2, 3, 4]) {
    const failed = await post('/message/postVideo', { ...to, ...video(origin, number) })
    expect(failed.ret).toBe(500)
  }
  const nowhere = { thumbUrl: '', videoDuration: 1 }
  for (const videoUrl of [
    'http://user:url-password@127.0.0.1/a.mp4?sig=query-secret-video',
    'http://no-such-host.invalid/a.mp4?sig=query-secret-video',
    'http://10.0.0.1/a.mp4?sig=query-secret-video',
    'ftp://127.0.0.1/a.mp4?sig=query-secret-video',
    'http://[::bad/a.mp4?sig=query-secret-video',
  ]) {
    expect((await post('/message/postVideo', { ...to, ...nowhere, videoUrl })).ret).toBe(500)
  }
  await post('/message/forwardVideo', { ...to, xml: xml.replace(aesKey, 'f'.repeat(32)) })
  await post('/message/forwardVideo', { ...to, xml: `<!DOCTYPE a>${xml}` })
  await post('/tools/setCallback', { token, callbackUrl: 'http://127.0.0.1:1/x?key=query-secret-callback' })
  await fetch(`${gateway.baseUrl}/login/deviceList`, {
    method: 'POST',
    headers: { 'x-gewe-token': 'a-mistyped-token-secret' },
  })
  await fetch(`${links[0]}x`)
  await until('a callback failed', () => gateway.stdout().includes('callback not delivered'))
  await gateway.stop()

  const said = gateway.stdout() + gateway.stderr()
  expect(said).toContain('message sent')
  expect(said).toContain('request refused')
  expect(said).toContain('callback delivered')
  const secrets = {
    token,
    'a mistyped token': 'a-mistyped-token-secret',
    aesKey,
    'a query': 'query-secret',
    'a password in a URL': 'url-password',
    'an Idempotency-Key': 'key-secret',
    'the secret of callbacks': callback.data.callbackSecret.replace(/^whsec_/, ''),
    'a signed link': '/download/20',
    'a signature': links[0]?.split('.').at(-2) ?? '',
    XML: 'cdnvideourl=',
  }
  for (const [what, secret] of Object.entries(secrets)) {
    expect(secret.length, what).toBeGreaterThan(2)
    expect(said.toLowerCase().includes(secret.toLowerCase()), `${what} is in the log`).toBe(false)
  }
})
