import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'
import * as rig from '../rigs/origin.ts'
import { config, faultOf } from './door.ts'

let origin: rig.Origin
let outbound: Outbound

beforeEach(async () => {
  origin = await rig.startOrigin()
  outbound = createOutbound(config)
})
afterEach(async () => {
  await outbound.close()
  await origin.close()
})

const options = {
  headers: { 'content-type': 'application/json' },
  body: '{"a":"雁"}',
  timeoutMs: 20_000,
  subject: 'callbackUrl',
}

function post(behaviour: rig.Behaviour, more: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  origin.route('/hook', behaviour)
  return outbound.post(`${origin.url}/hook?key=s3cret`, { ...options, ...more })
}

describe('a post', () => {
  test('arrives once, with its body and headers', async () => {
    expect(await post(rig.status(200))).toEqual({ status: 200 })
    expect(origin.hits).toHaveLength(1)
    const [hit] = origin.hits
    expect(hit).toMatchObject({ method: 'POST', path: '/hook?key=s3cret' })
    expect(hit?.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '11' })
    expect(String(await hit?.body)).toBe(options.body)
  })

  test.each([204, 302, 400, 404, 500, 503])('counts %i as an answer', async (code) => {
    expect(await post(rig.status(code))).toEqual({ status: code })
  })

  test('follows no redirect', async () => {
    expect(await post(rig.redirect('/other'))).toEqual({ status: 302 })
    expect(origin.hits).toHaveLength(1)
  })

  test('reads little of an endless answer and drops the socket', async () => {
    expect(await post(rig.endless())).toEqual({ status: 200 })
    await expect.poll(() => origin.open).toBe(0)
  })

  test('has its status although the answer is cut', async () => {
    expect(await post(rig.short(Buffer.from('ok')))).toEqual({ status: 200 })
  })
})

describe('a post that gets no answer', () => {
  test('names the time it waited', async () => {
    const fault = await faultOf(post(rig.silent(), { timeoutMs: 150 }), 'fetch_timeout')
    expect(fault.reason).toMatch(/^callbackUrl .*150 毫秒/)
    expect(fault.message).not.toContain('s3cret')
    await expect.poll(() => origin.open).toBe(0)
  })

  test('is not repeated', async () => {
    const fault = await faultOf(post(rig.hangUp()), 'fetch_unreachable')
    expect(fault.reason).toMatch(/^callbackUrl /)
    expect(origin.hits).toHaveLength(1)
  })

  test('throws the reason of an abort as it is', async () => {
    const abort = new AbortController()
    const reason = new Error('stop')
    await expect(post(() => abort.abort(reason), { signal: abort.signal })).rejects.toBe(reason)
  })

  test('fails at close', async () => {
    const work = post(() => {
      void outbound.close()
    })
    await faultOf(work, 'shutting_down')
  })
})
