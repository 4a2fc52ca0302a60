import { randomUUID } from 'node:crypto'
import type { SendHint } from '../feed.ts'
import { Api, type Reply } from './api.ts'
import { deliver } from './deliver.ts'
import { findContact } from './find-contact.ts'
import { followSends } from './follow-sends.ts'
import type { Display } from './progress.ts'
import type { Errand } from './send-options.ts'
import { nameOf, type Source } from './source.ts'
import type { Speaker } from './speaker.ts'

/** A send whose options have been understood and whose files are open. */
export interface Send {
  readonly errand: Errand
  /** What the errand's content and thumb name; a text has none. */
  readonly content: Source | undefined
  readonly thumb: Source | undefined
  /** A wxid, a chatroom, or a nickname. */
  readonly to: string
  readonly speaker: Speaker
  readonly display: Display
  /** Aborted when the person wants it ended. */
  readonly interrupted: AbortSignal
  /** Called at the moment from which a message may leave. */
  readonly onAsked: () => void
}

/**
 * Finds the receiver, hands over what is on this machine, and sends.
 * @returns the reply, and who it went to
 * @throws {Refused | NoAnswer | Unanswered | Error}
 */
export async function carryOut(send: Send): Promise<{ reply: Reply; toWxid: string }> {
  const { speaker, display, interrupted } = send
  await using api = new Api(speaker.baseUrl, speaker.token)
  const over = new AbortController()
  try {
    const toWxid = await findContact(api, speaker.appId, send.to, interrupted)
    const call = callFor(send, toWxid, await handOver(api, send))
    const key = randomUUID()
    display.update({ stage: 'wait', done: 0, total: undefined })
    await followSends(api, (hint) => hint.key === key && show(display, hint), over.signal)
    interrupted.throwIfAborted()
    send.onAsked()
    return { toWxid, reply: await deliver(api, { ...call, key }, interrupted) }
  } finally {
    over.abort()
  }
}

/** URLs that the gateway can open. */
interface Links {
  readonly content: string
  readonly thumb: string
}

/** Files one after the other, shown as one. */
async function handOver(api: Api, { content, thumb, display, interrupted }: Send): Promise<Links> {
  const total = [content, thumb].reduce(
    (sum, source) => sum + (source && 'size' in source ? source.size : 0),
    0,
  )
  let done = 0
  const onBytes = (count: number) => {
    done += count
    display.update({ stage: 'give', done, total })
  }
  const linkTo = async (source: Source | undefined): Promise<string> => {
    if (source === undefined) return ''
    return 'url' in source ? source.url : api.upload(source, onBytes, interrupted)
  }
  if (total > 0) onBytes(0)
  return { content: await linkTo(content), thumb: await linkTo(thumb) }
}

function callFor({ errand, content, speaker }: Send, toWxid: string, links: Links) {
  const to = { appId: speaker.appId, toWxid }
  switch (errand.kind) {
    case 'text':
      return { path: '/message/postText', body: { ...to, content: errand.content } }
    case 'image':
      return { path: '/message/postImage', body: { ...to, imgUrl: links.content } }
    case 'file': {
      const fileName = content ? nameOf(content) : ''
      return { path: '/message/postFile', body: { ...to, fileUrl: links.content, fileName } }
    }
    case 'video': {
      const media = { videoUrl: links.content, thumbUrl: links.thumb, videoDuration: errand.duration }
      return { path: '/message/postVideo', body: { ...to, ...media } }
    }
  }
}

/** How it ended is the answer's to tell. */
function show(display: Display, { stage, done, total }: SendHint): void {
  if (stage !== 'sent' && stage !== 'failed') display.update({ stage, done, total: total ?? undefined })
}
