import { randomUUID } from 'node:crypto'
import { token } from '../rigs/process.ts'
import { type Client, type Sent, xmlOf } from '../rigs/process-client.ts'
import { upload } from '../rigs/upload.ts'
import {
  acknowledged,
  type Call,
  SHARED,
  send,
  type Traffic,
  type Upload,
  type Withdrawal,
} from './callers-traffic.ts'
import { clipOf, pictureOf, sha256, video } from './clips.ts'

/** One request and its answer; throws when the gateway is gone. */
type Act = (client: Client & { readonly baseUrl: string }) => Promise<void>

/** Well below the two minutes after which a message stays. */
const WITHDRAWN_WITHIN_MS = 60_000

/** What a caller does next. */
export function nextAct(traffic: Traffic): Act {
  const { random, calls } = traffic
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)]
  const kind = random()
  const sent = acknowledged(calls)
  const fresh = sent.filter(({ call }) => performance.now() - call.heardAt < WITHDRAWN_WITHIN_MS)
  const videos = sent.filter(({ call }) => call.path.endsWith('Video'))
  if (kind < 0.12) return withdraw(traffic, pick(fresh))
  if (kind < 0.24) return download(traffic, pick(videos))
  if (kind < 0.44) return forward(traffic, pick(videos))
  if (kind < 0.5) return uploadClip(traffic)
  if (kind < 0.6) return sendText(traffic)
  if (kind < 0.7) return sendImage(traffic)
  return sendVideo(traffic)
}

type Earlier = { readonly call: Call; readonly sent: Sent } | undefined

function withdraw(traffic: Traffic, earlier: Earlier): Act {
  if (!earlier) return sendText(traffic)
  const { call, sent } = earlier
  const withdrawal: Withdrawal = { sent, reply: undefined }
  traffic.withdrawals.push(withdrawal)
  const { msgId, newMsgId } = sent
  return async ({ post }) => {
    const body = { appId: call.from.appId, toWxid: call.body.toWxid, msgId, newMsgId }
    withdrawal.reply = await post<unknown>('/message/revokeMsg', body)
  }
}

/** The other side fetches what it was sent. */
function download(traffic: Traffic, earlier: Earlier): Act {
  if (!earlier) return sendVideo(traffic)
  const { call, sent } = earlier
  const { appId } = call.from === traffic.sender ? traffic.friend : traffic.sender
  return async ({ post }) => {
    const { ret, data } = await post<{ fileUrl: string }>('/message/downloadVideo', {
      appId,
      xml: xmlOf(sent),
    })
    // While it stops, the gateway says so.
    if (ret !== 200) return
    const response = await fetch(data.fileUrl)
    const bytes = Buffer.from(await response.arrayBuffer())
    if (!call.original || sha256(bytes) !== sha256(call.original())) {
      traffic.wrong.push(`the download of ${sent.newMsgId} gave HTTP ${response.status} and other bytes`)
    }
  }
}

function forward(traffic: Traffic, earlier: Earlier): Act {
  if (!earlier) return sendVideo(traffic)
  const { original } = earlier.call
  return sending(traffic, '/message/forwardVideo', { xml: xmlOf(earlier.sent) }, { original, alone: false })
}

function sendVideo(traffic: Traffic): Act {
  const { random, unique, origin } = traffic
  const alone = random() < 0.7
  const number = alone ? unique() : Math.floor(random() * SHARED)
  return sending(traffic, '/message/postVideo', video(origin, number), {
    original: () => clipOf(number),
    alone,
  })
}

function sendImage(traffic: Traffic): Act {
  const number = traffic.unique()
  const imgUrl = `${traffic.origin.url}/${number}.jpg`
  return sending(
    traffic,
    '/message/postImage',
    { imgUrl },
    { original: () => pictureOf(number), alone: true },
  )
}

function sendText(traffic: Traffic): Act {
  const content = `text ${traffic.unique()}`
  return sending(traffic, '/message/postText', { content }, { original: undefined, alone: true })
}

function sending(
  { sender, friend, chatroom, random, calls }: Traffic,
  path: Call['path'],
  what: Record<string, unknown>,
  about: Pick<Call, 'original' | 'alone'>,
): Act {
  const [from, to] = random() < 0.7 ? [sender, friend] : [friend, sender]
  const body = { appId: from.appId, toWxid: random() < 0.3 ? chatroom : to.wxid, ...what }
  const key = random() < 0.5 ? randomUUID() : undefined
  const call: Call = { path, from, body, key, ...about, reply: undefined, heardAt: 0 }
  calls.push(call)
  return async (client) => {
    call.reply = await send(client, call)
    call.heardAt = performance.now()
  }
}

function uploadClip({ random, unique, uploads }: Traffic): Act {
  const number = random() < 0.3 ? Math.floor(random() * SHARED) : unique()
  const original = () => clipOf(number)
  const made: Upload = { original, reply: undefined }
  uploads.push(made)
  return async (client) => {
    made.reply = await upload(client, original(), { as: token })
  }
}
