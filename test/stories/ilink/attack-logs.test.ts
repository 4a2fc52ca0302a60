import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { startGateway } from '../../../src/gateway.ts'
import { token } from '../../rigs/gateway.ts'
import { type Fate, type IlinkServer, startIlinkServer } from '../../rigs/ilink-server.ts'
import { ilinkEnv } from '../../rigs/ilink-world.ts'
import { type Origin, serve, startOrigin } from '../../rigs/origin.ts'
import { newFolder } from '../../rigs/process.ts'
import { picture, video } from '../../rigs/videos.ts'
import { until } from '../../rigs/world.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close()
})

type Data = Record<string, unknown> & {
  appId: string
  uuid: string
  qrData: string
  status: number
  aesKey: string
}

/** A gateway that logs all it can, into `lines`. */
async function start(rig: IlinkServer) {
  const lines: string[] = []
  const sink = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line))
      done()
    },
  })
  const { config, secrets } = readConfig({
    HONGYAN_DATA_DIR: newFolder(),
    HONGYAN_PORT: '0',
    HONGYAN_TOKEN: token,
    HONGYAN_FETCH_ALLOW: '127.0.0.0/8',
    ...ilinkEnv(rig),
  })
  const gateway = await startGateway(config, secrets, pino({ level: 'trace' }, sink))
  open.push({ close: async () => gateway[Symbol.asyncDispose]() })
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', 'x-gewe-token': token }
    const answer = await fetch(`${gateway.baseUrl}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return (await answer.json()) as { ret: number; data: Data }
  }
  return { post, lines }
}

async function startAll(): Promise<{ rig: IlinkServer; origin: Origin }> {
  const rig = await startIlinkServer({ holdMs: 200, qrHoldMs: 100, strict: false })
  const origin = await startOrigin({
    '/video.mp4': serve(video, { type: 'video/mp4' }),
    '/a.jpg': serve(picture, { type: 'image/jpeg' }),
  })
  open.push(rig, origin)
  return { rig, origin }
}

test('whatever fails, neither log nor answer tells a token, a key, a context or the query of a link', async () => {
  const { rig, origin } = await startAll()
  const { post, lines } = await start(rig)
  const answers: unknown[] = []
  const ask = async (path: string, body: object) => {
    const reply = await post(path, body)
    answers.push(reply)
    return reply
  }

  // A login with everything that may go wrong on its way.
  const { data: code } = await post('/login/getLoginQrCode', { appId: '' })
  const { appId } = code
  const wrong = { ret: -1, errmsg: `bad key ${'ab'.repeat(16)} of bot-token-secret-0123456789abcdef` }
  rig.next('get_qrcode_status', { status: 502 }, { badJson: true }, wrong)
  const alice = rig.phone()
  alice.scan(code.qrData)
  alice.confirm(code.qrData)
  await until(async () => (await post('/login/checkLogin', { appId, uuid: code.uuid })).data.status === 2)
  const [bot] = rig.bots
  const { contextToken } = alice.write(bot?.botId ?? '', { file: Buffer.from('x'), name: 'x.txt' })
  const friends = async () =>
    (await post('/contacts/fetchContactsList', { appId })).data as unknown as { friends: string[] }
  await until(async () => (await friends()).friends.length === 1)

  const to = { appId, toWxid: alice.userId }
  const link = (path: string) => `${origin.url}${path}?sig=query-secret`
  const text = { ...to, content: 'words-secret' }
  const clip = { ...to, videoUrl: link('/video.mp4'), thumbUrl: link('/a.jpg'), videoDuration: 1 }
  const fates: Fate[] = [
    wrong,
    { status: 400, body: bot?.token ?? '' },
    { status: 502 },
    { badJson: true },
    { reset: true },
    { actThen: 'reset' },
  ]
  for (const fate of fates) {
    rig.next('sendmessage', fate)
    await ask('/message/postText', text)
    rig.next('getuploadurl', fate)
    await ask('/message/postVideo', clip)
    alice.write(bot?.botId ?? '', { text: 'again' })
  }
  const address = { answer: { ret: 0, upload_full_url: 'http://10.0.0.1/up?sig=query-secret' } }
  rig.next('getuploadurl', address, { answer: { ret: 0, upload_full_url: 'http://[query-secret' } })
  await ask('/message/postVideo', clip)
  await ask('/message/postVideo', clip)
  rig.next('cdn/upload', { status: 400, headers: { 'x-error-message': `bad ${'query-secret'.repeat(3)}` } })
  await ask('/message/postVideo', clip)
  rig.next('getupdates', wrong, { badJson: true })
  const seen = rig.requests.length
  await until(() => rig.requests.slice(seen).filter(({ endpoint }) => endpoint === 'getupdates').length > 2)
  const sent = await post('/message/postVideo', clip)
  expect(sent.ret).toBe(200)
  rig.killSession(bot?.botId ?? '')
  await until(
    async () => ((await post('/login/checkOnline', { appId })).data as unknown as boolean) === false,
  )
  await ask('/login/reconnection', { appId })

  const uploads = rig.requests.filter(({ endpoint }) => endpoint === 'getuploadurl').map(({ body }) => body)
  const keys = uploads.flatMap((body) => /"aeskey":"([0-9a-f]+)"/.exec(JSON.stringify(body))?.[1] ?? [])
  const params = rig.requests.filter(({ endpoint }) => endpoint === 'cdn/upload')
  const secrets = [
    ...['query-secret', 'words-secret', 'ab'.repeat(16), 'bot-token-secret-0123456789abcdef', token],
    ...[bot?.token ?? '', contextToken, ...keys],
    ...params.map(({ path }) => new URL(path, rig.url).searchParams.get('encrypted_query_param') ?? 'none'),
  ]
  expect(secrets.every((secret) => secret.length > 8 || secret === 'none')).toBe(true)
  expect(keys.length).toBeGreaterThan(0)
  const logged = lines.join('')
  expect(logged).toContain('a poll failed')
  const told = JSON.stringify(answers)
  for (const secret of secrets) {
    expect(logged).not.toContain(secret)
    expect(told).not.toContain(secret)
  }
}, 60_000)
