import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { send } from '../../src/cli/send.ts'
import { type Origin, serve, startOrigin } from '../rigs/origin.ts'
import { printedBy, settle, settledGateway, token } from './in-process.ts'

const path = resolve('test/fixtures/media/moov-first.mp4')
const thumb = resolve('assets/demo/hongyan.jpg')
const bytes = readFileSync(path)

let world: Awaited<ReturnType<typeof settledGateway>>
let origin: Origin
beforeAll(async () => {
  world = await settledGateway()
  origin = await startOrigin({ '/a.mp4': serve(bytes), '/b.txt': serve('spring') })
})
beforeEach(() => settle(world.gateway.dataDir))
afterEach(() => vi.unstubAllEnvs())
afterAll(() => Promise.all([world.gateway.close(), origin.close()]))

const sent = (what: object) =>
  printedBy(() => send({ as: world.sender.appId, to: world.receiver.wxid, ...what }))

test.each([
  ['a video from a file, with its thumbnail', () => ({ video: path, thumb }), { length: bytes.length }],
  ['a video by URL', () => ({ video: `${origin.url}/a.mp4`, duration: '3' }), { length: bytes.length }],
  ['a picture', () => ({ image: thumb }), { md5: expect.any(String) }],
  ['a file by URL', () => ({ file: `${origin.url}/b.txt` }), { type: 6 }],
  ['a text', () => ({ text: '你好' }), { newMsgId: expect.any(Number) }],
])('%s is sent, and the reply stands alone on standard output', async (_name, what, data) => {
  const { stdout, stderr, result } = await sent(what())
  expect(stderr).toMatch(new RegExp(`Sent to ${world.receiver.wxid} in [\\d.]+ s\\.$`))
  expect(JSON.parse(stdout)).toMatchObject({ ret: 200, data: { toWxid: world.receiver.wxid, ...data } })
  expect(result).toBe(0)
})

test('a receiver and a sender are found by nickname', async () => {
  const { appId } = world.sender
  const named = await world.gateway.post<{ nickName: string }>('/personal/getProfile', { appId })
  const friend = await world.gateway.post<{ nickName: string }>('/personal/getProfile', {
    appId: world.receiver.appId,
  })
  const { stdout, result } = await printedBy(() =>
    send({ as: named.data.nickName, to: friend.data.nickName, text: 'hi' }),
  )
  expect(JSON.parse(stdout)).toMatchObject({ data: { toWxid: world.receiver.wxid } })
  expect(result).toBe(0)
})

test('a gateway elsewhere is spoken to with the token of the environment', async () => {
  const url = world.gateway.baseUrl
  const without = await sent({ text: 'hi', url })
  expect(without.result).toBe(2)
  expect(without.stderr).toContain('HONGYAN_TOKEN')
  vi.stubEnv('HONGYAN_TOKEN', token)
  expect(await sent({ text: 'hi', url })).toMatchObject({ result: 0 })
  vi.stubEnv('HONGYAN_TOKEN', 'another-token-0123456789')
  const refused = await sent({ text: 'hi', url })
  expect(refused.result).toBe(1)
  expect(refused.stderr).toContain('Nothing was sent.')
})

test.each([
  ['nothing to send', {}, 2, '--video'],
  ['a file that is not there', { video: '/nowhere/a.mp4' }, 1, '/nowhere/a.mp4'],
  ['a thumbnail that is not there', { video: path, thumb: '/nowhere/a.jpg' }, 1, '/nowhere/a.jpg'],
  ['a device that is not there', { as: 'nobody', text: 'hi' }, 1, 'device list'],
  ['somebody who is not there', { to: 'wxid_nobody', text: 'hi' }, 1, 'Nothing was sent.'],
])('%s is told in words', async (_name, what, code, words) => {
  const { stderr, result } = await sent(what)
  expect(stderr).toContain(words)
  expect(result).toBe(code)
})

test('a gateway that does not answer is named, and nothing was sent', async () => {
  vi.stubEnv('HONGYAN_TOKEN', token)
  const { stderr, result } = await sent({ text: 'hi', url: 'http://127.0.0.1:9' })
  expect(stderr).toMatch(/127\.0\.0\.1:9 does not answer \(\w+\)/)
  expect(stderr).toContain('Nothing was sent.')
  expect(result).toBe(1)
})
