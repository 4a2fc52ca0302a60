import { afterEach, expect, it } from 'vitest'
import { createCallbacks } from '../../src/callbacks/callbacks.ts'
import type { Database } from '../../src/database/database.ts'
import { GatewayError } from '../../src/errors.ts'
import type { Outbound } from '../../src/outbound/outbound.ts'
import { addToken, openDoor } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { type Behaviour, startOrigin, status } from '../rigs/origin.ts'

type Door = Pick<Outbound, 'check' | 'post'>

async function refusal(work: Promise<unknown>): Promise<GatewayError> {
  const error = await work.then(
    () => new Error('not refused'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof GatewayError) return error
  throw error
}

describeEachEngine('setCallback', ({ open }) => {
  const opened: { close(): Promise<void> }[] = []
  // Declared after the rig's own, so it runs before the databases go.
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
  })
  const receiver = async (behaviour: Behaviour, port = 0) => {
    const origin = await startOrigin(behaviour, { port })
    opened.push(origin)
    return origin
  }
  const closedPort = async () => {
    const origin = await startOrigin()
    await origin.close()
    return origin
  }
  const door = (...allow: string[]) => {
    const outbound = openDoor(allow)
    opened.push(outbound)
    return outbound
  }
  const callbacksOn = async (database: Database, outbound: Door, timeoutMs = 5000, pauses = [1, 1]) => {
    await addToken(database, 'tok')
    return createCallbacks({ database, outbound, timeoutMs, refusedPausesMs: pauses, now: () => 77 })
  }

  it.each([200, 204, 302, 400, 404, 500])('takes a %i to the test POST as reachable', async (code) => {
    const origin = await receiver(status(code))
    const callbacks = await callbacksOn(await open(), door('127.0.0.0/8'))
    await callbacks.setCallback('tok', 'the-token', `${origin.url}/cb?k=1`)
    expect(await callbacks.callbackOf('tok')).toBe(`${origin.url}/cb?k=1`)
    expect(origin.hits).toHaveLength(1)
    const [hit] = origin.hits
    expect(hit).toMatchObject({ method: 'POST', path: '/cb?k=1' })
    expect(hit?.headers['content-type']).toBe('application/json')
    expect((await hit?.body)?.toString()).toBe('{"testMsg":"回调地址链接成功！","token":"the-token"}')
  })

  it('replaces the URL of this token and of no other', async () => {
    const origin = await receiver(status(200))
    const database = await open()
    const callbacks = await callbacksOn(database, door('127.0.0.0/8'))
    await addToken(database, 'other')
    await callbacks.setCallback('tok', 't', `${origin.url}/a`)
    await callbacks.setCallback('other', 't', `${origin.url}/b`)
    await callbacks.setCallback('tok', 't', `${origin.url}/c`)
    expect(await callbacks.callbackOf('tok')).toBe(`${origin.url}/c`)
    expect(await callbacks.callbackOf('other')).toBe(`${origin.url}/b`)
    expect(await callbacks.callbackOf('nobody')).toBeUndefined()
  })

  it('tries a refused connection again, because some clients open their port later', async () => {
    const { port, url } = await closedPort()
    const real = door('127.0.0.0/8')
    let calls = 0
    const late: Door = {
      check: (...given) => real.check(...given),
      async post(...given) {
        calls += 1
        if (calls === 3) await receiver(status(200), port)
        return real.post(...given)
      },
    }
    const callbacks = await callbacksOn(await open(), late)
    await callbacks.setCallback('tok', 't', `${url}/cb`)
    expect(calls).toBe(3)
    expect(await callbacks.callbackOf('tok')).toBe(`${url}/cb`)
  })

  it('fails in the words clients look for when it stays refused, without the query', async () => {
    const { url } = await closedPort()
    const callbacks = await callbacksOn(await open(), door('127.0.0.0/8'))
    const error = await refusal(callbacks.setCallback('tok', 't', `${url}/cb?key=queryword`))
    expect(error.code).toBe('callback_unreachable')
    expect(error.title).toBe(`${url}/cb push msg err`)
    expect(error.reason).toMatch(/拒绝连接.*localhost/)
    expect(`${error.message} ${error.title}`).not.toContain('queryword')
    expect(await callbacks.callbackOf('tok')).toBeUndefined()
  })

  it('does not try again when an answer does not come in time, and keeps the former URL', async () => {
    const [well, mute] = [await receiver(status(200)), await receiver(() => undefined)]
    const callbacks = await callbacksOn(await open(), door('127.0.0.0/8'), 300)
    await callbacks.setCallback('tok', 't', well.url)
    const error = await refusal(callbacks.setCallback('tok', 't', mute.url))
    expect(error.code).toBe('callback_unreachable')
    expect(error.reason).toContain('300 毫秒')
    expect(mute.hits).toHaveLength(1)
    expect(await callbacks.callbackOf('tok')).toBe(well.url)
  })

  it('names the setting that would open a private address, and connects to nothing', async () => {
    const origin = await receiver(status(200))
    const callbacks = await callbacksOn(await open(), door())
    const error = await refusal(callbacks.setCallback('tok', 't', origin.url))
    expect(error.code).toBe('callback_unreachable')
    expect(error.title).toBe(`${origin.url}/ push msg err`)
    expect(error.reason).toContain('HONGYAN_FETCH_ALLOW')
    expect(origin.connections).toBe(0)
  })

  it.each(['', 'cb', 'ftp://127.0.0.1/', 'http://user:word@127.0.0.1/'])(
    'refuses %j as no URL',
    async (url) => {
      const callbacks = await callbacksOn(await open(), door('127.0.0.0/8'))
      const error = await refusal(callbacks.setCallback('tok', 't', url))
      expect(error.code).toBe('url_invalid')
      expect(error.reason).toContain('callbackUrl')
    },
  )
})
