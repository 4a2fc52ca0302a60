import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clipOf, sha256, startClips, video } from '../faults/clips.ts'
import type { Origin } from '../rigs/origin.ts'
import { newFolder, startProcess, until } from '../rigs/process.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'

let origin: Origin
beforeEach(async () => {
  origin = await startClips()
})
afterEach(() => origin.close())

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** A gateway that has sent one video, and what its receiver is told under a prefix. */
async function sentVideo(env: Record<string, string>) {
  const gateway = await startProcess({ dataDir: newFolder(), env })
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  const { data } = await gateway.post<Sent>('/message/postVideo', {
    appId: sender.appId,
    toWxid: friend.wxid,
    ...video(origin, 1),
  })
  const linkOf = async (prefix: string) => {
    const body = { appId: friend.appId, xml: xmlOf(data) }
    const reply = await gateway.post<{ fileUrl: string }>(`${prefix}/message/downloadVideo`, body)
    return reply.data.fileUrl
  }
  return { gateway, linkOf }
}

test('the download port serves a link however an old client joins it', async () => {
  const port = await freePort()
  const { linkOf } = await sentVideo({ HONGYAN_DOWNLOAD_PORT: String(port) })
  const fileUrl = await linkOf('/v2/api')
  expect(fileUrl).toMatch(/^\/download\//)

  const host = `http://127.0.0.1:${port}`
  const base = `${host}/download`
  const strip = (text: string) => text.replace(/^\/+|\/+$/g, '')
  const joins = {
    AB: `${host}/download/${fileUrl}`,
    DOW: `${base.replace(/\/+$/, '')}/${fileUrl}`,
    'DOW at the root': `${host}/${fileUrl}`,
    NB: `${base}/${fileUrl}`,
    'JS at the root': `${strip(host)}/${strip(fileUrl)}`,
    JS: `${strip(base)}/${strip(fileUrl)}`,
    OG: `${base}?url=${fileUrl}`,
    'OG encoded': `${base}?url=${encodeURIComponent(fileUrl)}`,
  }
  const got: Record<string, string> = {}
  for (const [client, url] of Object.entries(joins)) {
    const response = await fetch(url)
    got[client] = sha256(Buffer.from(await response.arrayBuffer()))
  }
  const wanted = sha256(clipOf(1))
  expect(got).toEqual(Object.fromEntries(Object.keys(joins).map((client) => [client, wanted])))
})

test('the download port serves downloads and nothing of the API', async () => {
  const port = await freePort()
  const { gateway } = await sentVideo({ HONGYAN_DOWNLOAD_PORT: String(port) })
  const url = `http://127.0.0.1:${port}`
  for (const path of ['/login/deviceList', '/tools/getTokenId', '/v2/api/message/postVideo']) {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'x-gewe-token': gateway.token },
    })
    expect(response.status).toBe(404)
  }
  expect((await fetch(`${url}/metrics`)).status).toBe(404)
})

test('beside port 0 no download port is opened, and one that is 0 is any free one', async () => {
  const without = await startProcess({ dataDir: newFolder() })
  expect(await serving(without)).not.toHaveProperty('downloadUrl')
  const withAny = await startProcess({ dataDir: newFolder(), env: { HONGYAN_DOWNLOAD_PORT: '0' } })
  const { downloadUrl } = await serving(withAny)
  expect((await fetch(`${downloadUrl}/download/nothing`)).status).toBe(404)
  expect(downloadUrl).not.toBe(withAny.baseUrl)
})

test('absolute links start with HONGYAN_PUBLIC_URL, and open the same bytes on this machine', async () => {
  const { gateway, linkOf } = await sentVideo({ HONGYAN_PUBLIC_URL: 'https://gateway.example.com/wx/' })
  const link = await linkOf('/gewe/v2/api')
  expect(link).toMatch(/^https:\/\/gateway\.example\.com\/wx\/download\//)
  const response = await fetch(gateway.baseUrl + new URL(link).pathname.replace('/wx', ''))
  expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(clipOf(1)))
})

/** The fields of the line in which the gateway says where it serves. */
function serving({ stdout }: { stdout: () => string }): Promise<Record<string, string>> {
  return until('it says where it serves', () => {
    const line = stdout()
      .split('\n')
      .find((each) => each.includes('"serving"'))
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, string>)
  })
}
