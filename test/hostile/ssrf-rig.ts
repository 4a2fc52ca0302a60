import diagnostics from 'node:diagnostics_channel'
import dns from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { createServer, type Server, type Socket } from 'node:net'
import { type Reply, startTestGateway, type TestDevice, type TestGateway } from '../rigs/gateway.ts'
import { upload } from '../rigs/upload.ts'
import { video } from '../rigs/videos.ts'

/** In the query of every link that has one: a signature in a user's hands. */
export const SECRET = 'SECRET'

/** One way to write an address; PORT stands for a listener's. */
export interface Spelling {
  readonly link: string
  /** The address it comes to; null where it is no link, `unknown` where it names a host that nobody knows. */
  readonly means: string | null
  readonly kind: string
}

interface Corpus {
  readonly hosts: Readonly<Record<string, readonly [host: string, means: string | null, note: string][]>>
  readonly links: Readonly<Record<string, readonly [link: string, means: string | null, note: string][]>>
  /** Names, and what a resolver says of them; each answer holds a forbidden address. */
  readonly names: Readonly<Record<string, readonly string[]>>
  readonly public: Readonly<Record<string, readonly string[]>>
}

export const corpus: Corpus = JSON.parse(
  readFileSync(new URL('../fixtures/hostile/addresses.json', import.meta.url), 'utf8'),
)

const longHosts: Readonly<Record<string, string>> = {
  LONG: `${'a'.repeat(70)}.test`,
  LONGER: `${'long-label.'.repeat(27)}test`,
}

/** Every spelling that is written out; the names come beside them. */
export const spellings: readonly Spelling[] = [
  ...Object.entries(corpus.hosts).flatMap(([kind, rows]) =>
    rows.map(([host, means, note]) => ({
      link: `http://${longHosts[host] ?? host}:PORT/v.mp4?sign=${SECRET}`,
      means,
      kind: `${kind}: ${note}`,
    })),
  ),
  ...Object.entries(corpus.links).flatMap(([kind, rows]) =>
    rows.map(([link, means, note]) => ({ link, means, kind: `${kind}: ${note}` })),
  ),
]

export const named: readonly Spelling[] = Object.entries(corpus.names).map(([name, answer]) => ({
  link: `http://${name}:PORT/v.mp4?sign=${SECRET}`,
  means: answer.join(' '),
  kind: 'names',
}))

/** Listeners that must never be touched. */
export interface Trap {
  /** Of the pair on 127.0.0.1 and ::1, and of the pair on every address of this machine. */
  readonly ports: readonly [own: number, every: number]
  /** TCP connections that were accepted, whatever was or was not said on them. */
  readonly accepted: number
  close(): Promise<void>
}

export async function setTrap(): Promise<Trap> {
  let accepted = 0
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  const listen = (host: string, port: number) =>
    new Promise<number>((resolve, reject) => {
      const server = createServer((socket) => {
        accepted += 1
        sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret')
      })
      server.once('error', reject).listen({ host, port, ipv6Only: host.includes(':') }, () => {
        servers.push(server)
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
  const pair = async (four: string, six: string) => {
    for (;;) {
      const port = await listen(four, 0)
      // The port may be taken for the other family; then both go elsewhere.
      if (await listen(six, port).catch(() => undefined)) return port
    }
  }
  const ports = [await pair('127.0.0.1', '::1'), await pair('0.0.0.0', '::')] as const
  return {
    ports,
    get accepted() {
      return accepted
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(
        servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
      )
    },
  }
}

/** The resolver in place of the system's: no question leaves this machine, and the answers are the test's. */
export function resolveBy(table: Map<string, readonly string[]>): { restore(): void } {
  const { lookup } = dns
  const install = (resolver: unknown) => {
    Object.assign(dns, { lookup: resolver })
    syncBuiltinESMExports()
  }
  install(async (host: string) => {
    const answer = table.get(host)
    if (!answer) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' })
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  })
  return { restore: () => install(lookup) }
}

/** Every attempt of this process, which the gateway is part of, to open a connection: `address port`. */
export function watchDials(): { readonly dialled: string[]; stop(): void } {
  const dialled: string[] = []
  const onSocket = (message: unknown) => {
    const { socket } = message as { socket: Socket }
    socket.on('connectionAttempt', (address: string, port: number) => dialled.push(`${address} ${port}`))
  }
  diagnostics.subscribe('net.client.socket', onSocket)
  return { dialled, stop: () => void diagnostics.unsubscribe('net.client.socket', onSocket) }
}

type Answer = Reply & { readonly status: number }

/** Every field that takes a link. */
export const fields = ['videoUrl', 'thumbUrl', 'imgUrl', 'fileUrl', 'callbackUrl'] as const
export type Field = (typeof fields)[number]

/** A gateway with a device, asked to go to a link in any of the fields. */
export interface Asked {
  readonly gateway: TestGateway
  readonly device: TestDevice
  /** The link of a video that the gateway has already, so that only a thumbnail is fetched. */
  readonly ownVideo: string
  ask(field: Field, link: string): Promise<Answer>
  close(): Promise<void>
}

/** How many requests a second a token may make is another matter. */
export async function startAsked(fetchAllow: string): Promise<Asked> {
  const gateway = await startTestGateway({
    env: { HONGYAN_FETCH_ALLOW: fetchAllow, HONGYAN_TOKEN_REQUEST_RATE: '0' },
  })
  const device = await gateway.device()
  const ownVideo = (await upload(gateway, video)).data.fileUrl
  const to = { appId: device.appId, toWxid: 'filehelper' }
  const ask: Asked['ask'] = (field, link) => {
    if (field === 'callbackUrl') return gateway.post('/tools/setCallback', { callbackUrl: link })
    if (field === 'imgUrl') return gateway.post('/message/postImage', { ...to, imgUrl: link })
    if (field === 'fileUrl')
      return gateway.post('/message/postFile', { ...to, fileUrl: link, fileName: 'a.bin' })
    const urls =
      field === 'thumbUrl' ? { videoUrl: ownVideo, thumbUrl: link } : { videoUrl: link, thumbUrl: '' }
    return gateway.post('/message/postVideo', { ...to, ...urls, videoDuration: 1 })
  }
  return { gateway, device, ownVideo, ask, close: () => gateway.close() }
}

/** What is wrong with a refusal: nothing, when it is one, in the caller's words, and tells nobody's secret. */
export function faultsOf(field: Field, reply: Answer, codes: readonly string[]): string[] {
  const { status, ret, msg, data } = reply
  const code = String(data?.code)
  const wanted = field === 'callbackUrl' ? codes.map(asCallback) : codes
  const says = String(data?.msg)
  const whole = JSON.stringify(reply)
  return [
    ...(status === 200 && ret === 500 ? [] : [`HTTP ${status}, ret ${ret}`]),
    ...(wanted.includes(code) ? [] : [`${code} instead of ${wanted.join(' or ')}: ${says}`]),
    ...(says.startsWith(field) || code === 'thumb_invalid' ? [] : [`does not begin with the field: ${says}`]),
    ...(/\p{Script=Han}{4}/u.test(says) && msg !== '' ? [] : [`not in Chinese: ${says}`]),
    ...(data?.sent === 'no' ? [] : [`sent ${String(data?.sent)}`]),
    ...(/SECRET|hongyan-test-|node:|at async/.test(whole) ? [`tells too much: ${whole}`] : []),
    ...(code === 'url_forbidden' && !says.includes('HONGYAN_FETCH_ALLOW') ? ['names no setting'] : []),
  ]
}

/** `setCallback` says all but a broken link in the words that clients look for. */
const asCallback = (code: string) => (code === 'url_invalid' ? code : 'callback_unreachable')

/** Runs `work` on every item, so many at a time, and gathers what each complains of. */
export async function gather<T>(
  items: readonly T[],
  work: (item: T) => Promise<string[]>,
): Promise<string[]> {
  const left = [...items]
  const complaints: string[] = []
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) complaints.push(...(await work(item)))
  }
  await Promise.all(Array.from({ length: 24 }, worker))
  return complaints
}
