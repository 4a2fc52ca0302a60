import { afterEach, beforeEach, expect, test } from 'vitest'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'
import * as rig from '../rigs/origin.ts'
import { bytesOf, config, faultOf, plain } from './door.ts'

let origin: rig.Origin
let outbound: Outbound

beforeEach(async () => {
  origin = await rig.startOrigin({ '/v.mp4': rig.serve('version 1', { etag: '"1"' }) })
  outbound = createOutbound(config)
})
afterEach(async () => {
  await outbound.close()
  await origin.close()
})

const ask = (path: string, headers: Record<string, string> = {}) =>
  outbound.get(`${origin.url}${path}`, { ...plain, headers })
const revalidate = () => ask('/v.mp4', { 'If-None-Match': '"1"' })

test('answers 304 without bytes when the file is the same', async () => {
  const fetched = await revalidate()
  expect(fetched).toMatchObject({ status: 304, etag: '"1"', length: undefined })
  expect(await bytesOf(fetched)).toHaveLength(0)
})

test('understands If-Modified-Since as well', async () => {
  const lastModified = 'Tue, 01 Apr 2025 00:00:00 GMT'
  origin.route('/d.mp4', rig.serve('dated', { lastModified }))
  expect((await ask('/d.mp4', { 'if-modified-since': lastModified })).status).toBe(304)
})

test('answers 200 with the bytes when the file changed', async () => {
  origin.route('/v.mp4', rig.serve('version 2', { etag: '"2"' }))
  const fetched = await revalidate()
  expect(fetched).toMatchObject({ status: 200, etag: '"2"' })
  expect(String(await bytesOf(fetched))).toBe('version 2')
})

test('uses one connection for many in a row', async () => {
  for (let round = 0; round < 30; round += 1) expect((await revalidate()).status).toBe(304)
  expect(origin.connections).toBe(1)
  expect(origin.hits).toHaveLength(30)
})

test('gives each one at the same time a connection of its own', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, revalidate))
  expect(all.map((fetched) => fetched.status)).toEqual([304, 304, 304, 304, 304])
  expect(origin.hits).toHaveLength(5)
})

test('never lends its connection to a first GET', async () => {
  await revalidate()
  await bytesOf(await ask('/v.mp4'))
  expect(origin.connections).toBe(2)
  expect(origin.hits[1]?.headers.connection).toBe('close')
})

test('survives a server that closed the idle connection as the request came', async () => {
  origin.route(
    '/v.mp4',
    rig.inTurn(rig.serve('v', { etag: '"1"' }), rig.hangUp(), rig.serve('v', { etag: '"1"' })),
  )
  await revalidate()
  expect((await revalidate()).status).toBe(304)
  expect(origin.connections).toBe(2)
})

test('is not repeated on a fresh connection', async () => {
  origin.route('/v.mp4', rig.hangUp())
  await faultOf(revalidate(), 'fetch_unreachable')
  expect(origin.hits).toHaveLength(1)
})

test('forgets a connection that the server closed', async () => {
  await revalidate()
  origin.cut()
  await expect.poll(() => origin.open).toBe(0)
  expect((await revalidate()).status).toBe(304)
})

test('reports a reset in the middle of a changed file', async () => {
  await revalidate()
  origin.route('/v.mp4', rig.raw('HTTP/1.1 200 OK\r\n\r\nabc', true))
  const fetched = await revalidate()
  const read = async () => {
    for await (const _chunk of fetched.body) origin.cut()
  }
  await faultOf(read(), 'fetch_interrupted')
})

test('leaves no connection open after close', async () => {
  await revalidate()
  expect(origin.open).toBe(1)
  await outbound.close()
  await expect.poll(() => origin.open).toBe(0)
})
