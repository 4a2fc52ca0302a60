import { join } from 'node:path'
import { startClips, video } from '../faults/clips.ts'
import { type IlinkSide, startIlinkSide, texts } from '../process/ilink-rig.ts'
import type { Place } from '../rigs/databases.ts'
import { serve } from '../rigs/origin.ts'
import { type GatewayProcess, newFolder, startProcess, until } from '../rigs/process.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'
import { picture } from '../rigs/videos.ts'

/** What the credentials in every fixture are sealed under. */
export const secretKey = '5e'.repeat(32)

/** A call under an Idempotency-Key, to be made again; `reply` is what it must give, where one was heard. */
export interface Keyed {
  readonly key: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly reply: unknown
}

/**
 * Runs the gateway of this folder through a conversation that leaves rows in every table, and kills it while a send and
 * callbacks are under way.
 * @returns where SQLite's rows are, and the calls that had a key
 */
export async function tellStory(place: Place): Promise<{ path: string; calls: readonly Keyed[] }> {
  const side = await startIlinkSide()
  const origin = await startClips()
  origin.route('/paper.pdf', serve('%PDF-1.7 a file', { type: 'application/pdf' }))
  origin.route('/picture.jpg', serve(picture, { type: 'image/jpeg' }))
  try {
    const gateway = await startProcess({
      dataDir: newFolder(),
      env: {
        ...side.env,
        HONGYAN_DEFAULT_CHANNEL: 'local',
        HONGYAN_SECRET_KEY: secretKey,
        HONGYAN_DATABASE_URL: place.url?.href,
      },
    })
    await gateway.post('/tools/setCallback', { token: gateway.token, callbackUrl: side.receiver.url })
    const kept = await amongFriends(gateway, side, origin.url, video(origin, 1))
    const phone = await withPhone(gateway, side, video(origin, 2))
    await leaveOwed(gateway, side, kept.friend, kept.sender)
    await gateway.stop('SIGKILL')
    return { path: join(gateway.dataDir, 'hongyan.db'), calls: [kept.call, phone] }
  } finally {
    await side.close()
    await origin.close()
  }
}

/** A call that must succeed. */
async function call<D = Record<string, unknown>>(
  gateway: GatewayProcess,
  path: string,
  body: object,
): Promise<D> {
  const reply = await gateway.post<D>(path, body)
  if (reply.ret !== 200) throw new Error(`${path}: ${JSON.stringify(reply)}`)
  return reply.data
}

async function amongFriends(gateway: GatewayProcess, side: IlinkSide, origin: string, clip: object) {
  const [sender, friend, away] = [await gateway.device(), await gateway.device(), await gateway.device()]
  const to = { appId: sender.appId, toWxid: friend.wxid }
  const wxids = [sender.wxid, friend.wxid]
  const room = await call<{ chatroomId: string }>(gateway, '/group/createChatroom', {
    appId: sender.appId,
    wxids,
  })
  const path = '/message/postVideo'
  const body = { ...to, ...clip }
  const key = 'kept-send'
  const reply = await gateway.post<Sent>(path, body, { 'idempotency-key': key })
  const xml = xmlOf(reply.data)
  await call(gateway, '/message/forwardVideo', { ...to, toWxid: room.chatroomId, xml })
  await call(gateway, '/message/postImage', { ...to, imgUrl: `${origin}/picture.jpg` })
  await call(gateway, '/message/postFile', {
    ...to,
    fileUrl: `${origin}/paper.pdf`,
    fileName: "It's 报告.pdf",
  })
  const regretted = await call<Sent>(gateway, '/message/postText', { ...to, content: 'regretted' })
  await call(gateway, '/message/revokeMsg', { ...to, msgId: regretted.msgId, newMsgId: regretted.newMsgId })
  await call(gateway, '/login/logout', { appId: away.appId })
  await call(gateway, '/message/postText', { ...to, toWxid: away.wxid, content: 'for later' })
  const signIn = { method: 'POST', headers: { 'content-type': 'application/json', 'x-hongyan-console': '1' } }
  const signedIn = await fetch(`${gateway.baseUrl}/console/api/console/signIn`, {
    ...signIn,
    body: JSON.stringify({ token: gateway.token }),
  })
  if (!signedIn.headers.has('set-cookie')) throw new Error(`signIn: ${await signedIn.text()}`)
  await until('the friends are told', () => side.receiver.events.length >= 6)
  return { sender, friend, call: { key, path, body, reply } }
}

/** A device on a real phone: what it heard and sent, what failed, and a send whose answer never came. */
async function withPhone(
  gateway: GatewayProcess,
  { rig, receiver }: IlinkSide,
  clip: object,
): Promise<Keyed> {
  const phone = rig.phone()
  const { appId, qrData } = await call<{ appId: string; qrData: string }>(gateway, '/login/getLoginQrCode', {
    appId: '',
    channel: 'ilink',
  })
  phone.scan(qrData)
  const { botId } = phone.confirm(qrData)
  await until('the device is online', async () => {
    const online = await gateway.post('/login/checkOnline', { appId })
    return (online.data as unknown) === true
  })
  phone.write(botId, { text: 'hello' })
  // It stays on the CDN.
  phone.write(botId, { image: picture })
  phone.write(botId, { voice: Buffer.from('\x02#!SILK_V3 no voice'), playMs: 2300 })
  const xml = await until('the gateway has heard it', () =>
    texts(receiver).find((text) => text.includes('<voicemsg ')),
  )
  await call(gateway, '/message/downloadVoice', { appId, xml, msgId: 1 })

  const to = { appId, toWxid: phone.userId }
  await call(gateway, '/message/postVideo', { ...to, ...clip })
  const path = '/message/postText'
  rig.next('sendmessage', { ret: -3, errmsg: 'no such receiver' }, { actThen: 'reset' }, { hang: true })
  for (const content of ['refused', 'answer lost']) await gateway.post(path, { ...to, content })
  const body = { ...to, content: 'under way' }
  const key = 'kept-pending'
  const asked = () => rig.requests.filter(({ endpoint }) => endpoint === 'sendmessage').length
  void gateway.post(path, body, { 'idempotency-key': key }).catch(() => undefined)
  await until('the last is under way', () => asked() === 4)
  return { key, path, body, reply: null }
}

interface Device {
  readonly appId: string
  readonly wxid: string
}

/** Callbacks that were tried in vain, and one that waits behind them. */
async function leaveOwed(gateway: GatewayProcess, { receiver }: IlinkSide, sender: Device, friend: Device) {
  const before = receiver.events.length
  receiver.answers = Array(1000).fill(503)
  for (const content of ["it's owed", 'owed too'])
    await call(gateway, '/message/postText', { appId: sender.appId, toWxid: friend.wxid, content })
  await until('one was tried', () => receiver.events.length > before)
}
