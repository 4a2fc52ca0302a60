import { afterEach, beforeEach, expect, test } from 'vitest'
import { createOutbound } from '../../src/outbound/outbound.ts'
import * as rig from '../rigs/origin.ts'
import { bytesOf, config, faultOf, plain } from './door.ts'

let origin: rig.Origin

beforeEach(async () => {
  origin = await rig.startOrigin(rig.serve('the file', { etag: '"1"' }))
})
afterEach(() => origin.close())

/** A resolver whose answer changes every time, and the questions it was asked. */
function rebinding(...answers: string[][]) {
  const asked: string[] = []
  const lookup = async (host: string) => {
    const answer = answers[asked.length] ?? ['127.0.0.66']
    asked.push(host)
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return { lookup, asked }
}

test('resolves a name once and connects to that very answer', async () => {
  const { lookup, asked } = rebinding(['127.0.0.1'], ['127.0.0.2'])
  const outbound = createOutbound({ ...config, fetchAllow: ['127.0.0.1/32'] }, { lookup })
  const fetched = await outbound.get(`http://turning.test:${origin.port}/`, plain)
  expect(String(await bytesOf(fetched))).toBe('the file')
  expect(asked).toEqual(['turning.test'])
  expect(origin.hits[0]?.headers.host).toBe(`turning.test:${origin.port}`)
})

test('checks again when the same name is fetched again', async () => {
  const { lookup } = rebinding(['127.0.0.1'], ['127.0.0.2'])
  const outbound = createOutbound({ ...config, fetchAllow: ['127.0.0.1/32'] }, { lookup })
  await bytesOf(await outbound.get(`http://turning.test:${origin.port}/`, plain))
  await faultOf(outbound.get(`http://turning.test:${origin.port}/`, plain), 'url_forbidden')
  expect(origin.hits).toHaveLength(1)
})

test('checks again at a redirect to the same name', async () => {
  const { lookup } = rebinding(['127.0.0.1'], ['127.0.0.2'])
  const outbound = createOutbound({ ...config, fetchAllow: ['127.0.0.1/32'] }, { lookup })
  const turning = await rig.startOrigin({ '/start': rig.redirect('/file'), '/file': rig.serve('x') })
  await faultOf(outbound.get(`http://turning.test:${turning.port}/start`, plain), 'url_forbidden')
  expect(turning.hits).toHaveLength(1)
  await turning.close()
})

test('refuses a name when only the last of its addresses is private', async () => {
  const { lookup } = rebinding(['127.0.0.1', '127.0.0.1', '127.0.0.2'])
  const outbound = createOutbound({ ...config, fetchAllow: ['127.0.0.1/32'] }, { lookup })
  await faultOf(outbound.get(`http://turning.test:${origin.port}/`, plain), 'url_forbidden')
  expect(origin.connections).toBe(0)
})

test('tries the next address when one does not answer', async () => {
  const { lookup } = rebinding(['::1', '127.0.0.1'])
  const outbound = createOutbound(config, { lookup })
  const fetched = await outbound.get(`http://two.test:${origin.port}/`, plain)
  expect(String(await bytesOf(fetched))).toBe('the file')
})
