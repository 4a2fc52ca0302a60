import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../config.ts'
import { startGateway } from '../gateway.ts'
import { createLog } from '../log.ts'
import { Client } from './client.ts'
import { files, startOrigin } from './origin.ts'
import { bold, green, red } from './paint.ts'

/** How often the second send is repeated, to tell its usual time from its first. */
const FORWARDS = 5

/**
 * The main job on real input, on an empty embedded gateway: everything goes over its HTTP API.
 * @param stay keeps the gateway up until a signal
 * @returns the exit code: 0 only when every step held
 */
export async function demo({ stay }: { stay: boolean }): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hongyan-demo-'))
  const origin = await startOrigin()
  try {
    const { config, secrets } = readConfig({
      HONGYAN_DATA_DIR: dataDir,
      HONGYAN_PORT: '0',
      HONGYAN_FETCH_ALLOW: '127.0.0.0/8',
      HONGYAN_LOG_LEVEL: 'warn',
    })
    await using gateway = await startGateway(config, secrets, createLog(config.logLevel))
    const { link, conversation } = await tell(gateway.baseUrl, gateway.newToken ?? '', origin)
    if (stay) {
      const page = await gateway.consoleLink(conversation)
      console.log(`
  The gateway stays up at ${gateway.baseUrl}; Ctrl-C ends it.
  X-GEWE-TOKEN: ${gateway.newToken}
  The video by itself: ${link}
${page ? `\n  ${bold('The conversation in the console')} (the link signs in for ten minutes):\n  ${page}\n` : ''}`)
      await new Promise((resolve) => {
        process.once('SIGINT', resolve)
        process.once('SIGTERM', resolve)
      })
    } else {
      console.log(
        '    The gateway ends with the demo, and the link with it: `npm run demo -- --stay` keeps both.\n',
      )
    }
    return 0
  } catch (error) {
    console.error(red(`\n  The demo failed: ${error instanceof Error ? error.message : String(error)}`))
    return 1
  } finally {
    await origin.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

type Origin = Awaited<ReturnType<typeof startOrigin>>

/** Returns a link that plays the video, and the page of the console that shows the conversation. */
async function tell(
  baseUrl: string,
  token: string,
  origin: Origin,
): Promise<{ readonly link: string; readonly conversation: string }> {
  const client = new Client(baseUrl, token)
  heading('1. Two devices log in, and one makes a group with the other')
  const sender = await logIn(client)
  const friend = await logIn(client)
  const wxids = [sender.wxid, friend.wxid]
  const { data: chatroom } = await client.post('/group/createChatroom', { appId: sender.appId, wxids })

  heading('2. A video is sent to the friend and to the group')
  const video = { videoUrl: origin.videoUrl, thumbUrl: origin.thumbUrl, videoDuration: 10 }
  const first = await client.post('/message/postVideo', {
    appId: sender.appId,
    toWxid: friend.wxid,
    ...video,
  })
  await client.post('/message/postVideo', {
    appId: sender.appId,
    toWxid: text(chatroom, 'chatroomId'),
    ...video,
  })

  heading('3. It is sent again from the CDN facts of the reply, and no byte moves')
  const xml = videoXml(first.data)
  const fetched = origin.requests()
  const times: number[] = []
  for (let count = 0; count < FORWARDS; count += 1) {
    const { data, ms } = await client.post('/message/forwardVideo', {
      appId: sender.appId,
      toWxid: friend.wxid,
      xml,
    })
    same('the fileId of the forward', text(data, 'fileId'), text(first.data, 'fileId'))
    times.push(ms)
  }
  same('requests at the origin while forwarding', origin.requests() - fetched, 0)

  heading('4. The receiver downloads it')
  const { data } = await client.post('/message/downloadVideo', { appId: friend.appId, xml })
  const link = new URL(text(data, 'fileUrl'), baseUrl).href
  const received = await digestOf(await download(link))
  same('sha256 of what was received', received, await digestOf(createReadStream(files.video)))

  const median = times.toSorted((a, b) => a - b)[Math.floor(FORWARDS / 2)] ?? 0
  heading('Every step held')
  console.log(`
  ${green('✓')} sent, forwarded, received; sha256 ${received} on both ends
  ${green('✓')} first send ${first.ms.toFixed(1)} ms, forward ${median.toFixed(1)} ms (median of ${FORWARDS}): ${bold(`${(first.ms / median).toFixed(1)} times as fast`)}
  ${green('✓')} a link that plays it: ${link}`)
  return { link, conversation: `/chat/${sender.appId}/${encodeURIComponent(friend.wxid)}` }
}

/** As a client does it: a code, then the state of the login until it is done. */
async function logIn(client: Client): Promise<{ appId: string; wxid: string }> {
  const { data: code } = await client.post('/login/getLoginQrCode', { appId: '' })
  const appId = text(code, 'appId')
  const { data: login } = await client.post('/login/checkLogin', {
    appId,
    uuid: text(code, 'uuid'),
    captchCode: '',
  })
  same('the status of the login', login.status, 2)
  const { data: profile } = await client.post('/personal/getProfile', { appId })
  return { appId, wxid: text(profile, 'wxid') }
}

/** As the vendor's document tells a caller: the reply's CDN facts in a video message's XML. */
function videoXml(reply: Record<string, unknown>): string {
  const { aesKey, fileId, length } = reply
  return `<?xml version="1.0"?>
<msg>
	<videomsg aeskey="${aesKey}" cdnvideourl="${fileId}" cdnthumbaeskey="${aesKey}" cdnthumburl="${fileId}" length="${length}" playlength="10" />
</msg>`
}

async function download(link: string): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(link)
  if (!response.ok || !response.body) throw new Error(`the download answered ${response.status}`)
  return response.body
}

async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of bytes) hash.update(part)
  return hash.digest('hex')
}

function text(data: Record<string, unknown>, key: string): string {
  const value = data[key]
  if (typeof value !== 'string') throw new Error(`the reply has no ${key}`)
  return value
}

function same(what: string, got: unknown, wanted: unknown): void {
  if (got !== wanted) throw new Error(`${what} is ${String(got)}, not ${String(wanted)}`)
}

function heading(words: string): void {
  console.log(`\n${bold(words)}`)
}
