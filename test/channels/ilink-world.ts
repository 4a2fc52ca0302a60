import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import type { OutgoingFile, RemoteChannel, SealedFile } from '../../src/channels/channel.ts'
import { writeCredentials } from '../../src/channels/ilink/credentials.ts'
import { createIlink, type IlinkConfig } from '../../src/channels/ilink/ilink.ts'
import { readConfig } from '../../src/config.ts'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'
import { config as openDoor } from '../outbound/door.ts'
import {
  type Bot,
  type IlinkOptions,
  type IlinkServer,
  type Phone,
  startIlinkServer,
} from '../rigs/ilink-server.ts'

/** The driver, logged in as a bot of the rig whose user has just written. */
export interface World {
  readonly rig: IlinkServer
  readonly channel: RemoteChannel
  readonly outbound: Outbound
  readonly phone: Phone
  readonly bot: Readonly<Bot>
  readonly credentials: string
  /** Of the user's last message. */
  readonly context: string
  /** Everything that was logged. */
  readonly log: () => string
  /** A driver with other settings on the same rig. */
  with(changes: Partial<IlinkConfig>): RemoteChannel
  close(): Promise<void>
}

/** The driver's settings for the services at these addresses. */
export function settingsFor(url: string, cdnUrl = `${url}/c2c`): IlinkConfig {
  return readConfig({
    HONGYAN_ILINK_API_URL: url,
    HONGYAN_ILINK_QR_URL: url,
    HONGYAN_ILINK_CDN_URL: cdnUrl,
    HONGYAN_ILINK_REDIRECT_SCHEME: 'http',
  }).config
}

export async function startWorld(options: Partial<IlinkOptions> = {}): Promise<World> {
  const rig = await startIlinkServer(options)
  // The guarded door stays shut: the rig is reached because it is configured. Only its second listener is not.
  const outbound = createOutbound({ ...openDoor, fetchAllow: [] })
  const lines: string[] = []
  const sink = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line))
      done()
    },
  })
  const log = pino({ level: 'trace' }, sink)
  const config = settingsFor(rig.url)
  const phone = rig.phone()
  const bot = rig.bind()
  const { contextToken: context } = phone.write(bot.botId, { text: '你好' })
  const { token, botId, userId } = bot
  return {
    rig,
    channel: createIlink(config, { outbound, log }),
    outbound,
    phone,
    bot,
    credentials: writeCredentials({ token, baseUrl: rig.url, botId, userId }),
    context,
    log: () => lines.join(''),
    with: (changes) => createIlink({ ...config, ...changes }, { outbound, log }),
    async close() {
      await outbound.close()
      await rig.close()
    },
  }
}

/** Bytes sealed under a key, and how often they were opened. */
export function seal(
  bytes: Buffer,
  aesKey = randomBytes(16).toString('hex'),
): SealedFile & { opened: number } {
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(aesKey, 'hex'), null)
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()])
  return {
    aesKey,
    length: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
    opened: 0,
    async *pieces() {
      this.opened += 1
      yield* piecesOf(sealed)
    },
  }
}

/** One memory for all pieces, as a blob's: whoever keeps a piece while asking for the next sends wrong bytes. */
function* piecesOf(bytes: Buffer): Generator<Buffer> {
  const piece = Buffer.alloc(64 * 1024)
  for (let start = 0; start < bytes.length; start += piece.length) {
    yield piece.subarray(0, bytes.copy(piece, 0, start, start + piece.length))
  }
}

export const videoBytes = randomBytes(300_001)
export const thumbBytes = randomBytes(5000)

/** A file to send; the thumbnail lies under the same key, as media keeps it. */
export function outgoing(kind: OutgoingFile['kind'], thumb = kind === 'video'): OutgoingFile & Opened {
  const body = seal(videoBytes)
  return {
    kind,
    name: kind === 'file' ? '报告.pdf' : '',
    body,
    thumb: thumb ? { ...seal(thumbBytes, body.aesKey), width: 300, height: 225 } : undefined,
    durationMs: 18_320,
  }
}

interface Opened {
  readonly body: SealedFile & { readonly opened: number }
}
