import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Links } from '../../src/media/links.ts'
import { upload } from '../rigs/upload.ts'
import {
  type Asked,
  type Field,
  faultsOf,
  resolveBy,
  setTrap,
  startAsked,
  type Trap,
  watchDials,
} from './ssrf-rig.ts'

/** As it is by default: nothing private is open, the gateway's own address neither. */
let asked: Asked
let trap: Trap
let resolver: { restore(): void }
let dials: ReturnType<typeof watchDials>
let secretKey: Buffer
/** The path of a link of this gateway to a file. */
let path = ''
beforeAll(async () => {
  dials = watchDials()
  resolver = resolveBy(new Map([['loopback.test', ['127.0.0.1']]]))
  trap = await setTrap()
  asked = await startAsked('')
  path = new URL((await upload(asked.gateway, Buffer.from('words'), { name: 'a.txt' })).data.fileUrl).pathname
  secretKey = Buffer.from((await readFile(join(asked.gateway.dataDir, 'secret.key'), 'utf8')).trim(), 'hex')
})
afterAll(async () => {
  await asked.close()
  await trap.close()
  resolver.restore()
  dials.stop()
})

/** Nobody but these tests asked the gateway for anything, and nobody anything of the listeners. */
const untouched = () => {
  const { port } = new URL(asked.gateway.baseUrl)
  const elsewhere = dials.dialled.filter((dial) => dial !== `127.0.0.1 ${port}`)
  expect([trap.accepted, ...elsewhere]).toEqual([0])
}

const trapUrl = () => `http://127.0.0.1:${trap.ports[0]}`

/** The last character of a signature holds bits that do not count, so another one is changed. */
const altered = () => path.replace(/\.([\w-])/, (_, letter: string) => `.${letter === 'A' ? 'B' : 'A'}`)

const looksLike: Readonly<Record<string, () => string>> = {
  'an altered signature': () => `${trapUrl()}${altered()}`,
  'an altered signature, on the gateway itself': () => `${asked.gateway.baseUrl}${altered()}`,
  'another extension': () => `${trapUrl()}${path.replace(/\.\w+$/, '.mp4')}`,
  'another day': () => `${trapUrl()}${path.replace(/\d{8}/, '20260101')}`,
  'signed by another gateway': () =>
    `${trapUrl()}${new Links(Buffer.alloc(32, 1)).make({ tokenId: 'tok_1', blobKey: 'b' }, 'txt')}`,
  'more path behind it': () => `${trapUrl()}${path}/more`,
  'a slash behind it': () => `${trapUrl()}${path}/`,
  'the link in the query': () => `${trapUrl()}/get?u=${path}`,
  'the link in the fragment': () => `${trapUrl()}/get#${path}`,
  'the link behind a parameter': () => `${trapUrl()}/;${path.replaceAll('/', ';')}`,
  'encoded slashes': () => `${trapUrl()}/${path.slice(1).replaceAll('/', '%2f')}`,
  'an encoded dot': () => `${trapUrl()}${path.replace('.', '%2e')}`,
  'a step back': () => `${trapUrl()}${path.replace(/\/(?=[^/]*$)/, '/x/../')}`,
  backslashes: () => `${trapUrl()}${path.replaceAll('/', '\\')}`,
  'a tab in it': () => `${trapUrl()}${path.replace('.', '\t.')}`,
  'a name for the own machine': () => `http://loopback.test:${trap.ports[1]}${altered()}`,
  'the metrics of the gateway itself': () => `${asked.gateway.baseUrl}/metrics`,
}

const fetched: readonly Field[] = ['videoUrl', 'thumbUrl', 'imgUrl', 'fileUrl']

test.each(Object.keys(looksLike))('what only looks like a link of ours is none: %s', async (name) => {
  const link = looksLike[name]?.() ?? ''
  for (const field of [...fetched, 'callbackUrl' as const]) {
    expect(faultsOf(field, await asked.ask(field, link), ['url_forbidden'])).toEqual([])
  }
  untouched()
})

const oddPlaces: Readonly<Record<string, () => string>> = {
  'on a forbidden host': () => `${trapUrl()}${path}`,
  'on a name of the own machine': () => `http://localhost:${trap.ports[0]}${path}?a=1#b`,
  'with credentials': () => `http://user:SECRET@127.0.0.1:${trap.ports[0]}${path}`,
  'with another scheme': () => `file://${path}`,
  'below another path': () => `${trapUrl()}/some/base/${path}`,
  alone: () => path,
}

test.each(Object.keys(oddPlaces))(
  'a link of ours is read from the store and asked of nobody: %s',
  async (name) => {
    const link = oddPlaces[name]?.() ?? ''
    const reply = await asked.ask('fileUrl', link)
    expect(reply).toMatchObject({ status: 200, ret: 200 })
    // A picture it is not, wherever it lies.
    expect(faultsOf('imgUrl', await asked.ask('imgUrl', link), ['image_invalid'])).toEqual([])
    // What is posted goes to the address, whosever link it looks like.
    const callback = await asked.ask('callbackUrl', link)
    expect(callback.ret).toBe(500)
    untouched()
  },
)

test('a link of ours that is over is not asked of the host that it names', async () => {
  const then = () => Date.now() - 8 * 24 * 3600 * 1000
  const link = `${trapUrl()}${new Links(secretKey, then).make({ tokenId: 'tok_1', blobKey: 'b' }, 'txt')}`
  for (const field of fetched) {
    const reply = await asked.ask(field, link)
    expect(faultsOf(field, reply, ['url_invalid'])).toEqual([])
    expect(reply.data.msg).toMatch(/已过期/)
  }
  untouched()
})

test('a link of ours to what is not there is not asked of the host that it names', async () => {
  const link = `${trapUrl()}${new Links(secretKey).make({ tokenId: 'tok_1', blobKey: 'b' }, 'txt')}`
  for (const field of fetched)
    expect(faultsOf(field, await asked.ask(field, link), ['media_gone'])).toEqual([])
  untouched()
})
