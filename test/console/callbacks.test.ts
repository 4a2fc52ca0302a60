import { expect, test } from 'vitest'
import type { EventView } from '../../src/console/schema.ts'
import { stories, until } from '../rigs/world.ts'
import { signIn } from './world.ts'

interface Events {
  url: string | null
  secret: string
  owed: number
  failed: number
  events: EventView[]
  more: boolean
}

interface Detail {
  event: EventView
  body: string
  attempts: { number: number; at: number; duration: number; status: number | null; error: string | null }[]
}

stories('callbacks in the console', (world) => {
  const told = async (answers: number[] = []) => {
    const all = await world()
    const { gateway, receiver, sender, friend } = all
    const browser = await signIn(gateway)
    expect((await browser.call('/console/setCallback', { callbackUrl: receiver.url })).ret).toBe(200)
    receiver.answers = answers
    await gateway.post('/message/postText', { appId: sender.appId, toWxid: friend.wxid, content: '你好' })
    const events = async (more: object = {}) => (await browser.call<Events>('/console/events', more)).data
    return { ...all, browser, events }
  }

  test('setting the URL tests it, with no token in the test', async () => {
    const { receiver, events } = await told()
    expect(receiver.tests[0]?.body).toMatchObject({ token: '' })
    expect(await events()).toMatchObject({ url: receiver.url, secret: expect.stringMatching(/^whsec_/) })
  })

  test('a URL that does not answer is refused and the old one stays', async () => {
    const { browser, receiver, events } = await told()
    const refused = await browser.call('/console/setCallback', { callbackUrl: 'http://127.0.0.1:1/x' })
    expect(refused).toMatchObject({ ret: 500, data: { code: 'callback_unreachable' } })
    expect((await events()).url).toBe(receiver.url)
  })

  test('each attempt is told with its status and time, and the body as it was sent', async () => {
    const { browser, receiver, events } = await told([503])
    const settled = await until(async () =>
      (await events()).events.find(({ state }) => state === 'delivered'),
    )
    expect(settled).toMatchObject({ attempts: 2, lastStatus: 200, lastError: null })
    const { data } = await browser.call<Detail>('/console/event', { id: settled.id })
    expect(data.attempts.map(({ number, status }) => [number, status])).toEqual([
      [2, 200],
      [1, 503],
    ])
    expect(data.body).toBe(receiver.events[0]?.text)
  })

  test('what is owed is counted, found by its state, and sent at once when asked', async () => {
    const { browser, receiver, events } = await told([503, 503, 503, 503])
    const owed = await until(async () =>
      (await events({ state: 'owed' })).events.find(({ attempts }) => attempts > 0),
    )
    expect((await events()).owed).toBe(1)
    receiver.answers = []
    expect((await browser.call('/console/sendAgain', { id: owed.id })).ret).toBe(200)
    await until(async () => (await events()).owed === 0)
    expect((await events({ state: 'delivered' })).events.map(({ id }) => id)).toEqual([owed.id])
  })

  test('what was delivered can be sent again, and is told once more under the same id', async () => {
    const { browser, receiver, events } = await told()
    const first = await until(async () => (await events()).events.find(({ state }) => state === 'delivered'))
    expect((await browser.call('/console/sendAgain', { id: first.id })).ret).toBe(200)
    await until(() => receiver.events.length === 2)
    expect(receiver.events[1]?.text).toBe(receiver.events[0]?.text)
    expect(receiver.events[1]?.headers['webhook-id']).toBe(receiver.events[0]?.headers['webhook-id'])
    await until(async () => (await events()).events[0]?.attempts === 2)
  })

  test('an event that is not there is said to be unknown', async () => {
    const { browser } = await told()
    for (const path of ['/console/event', '/console/sendAgain']) {
      expect(await browser.call(path, { id: 5 })).toMatchObject({ ret: 500, data: { code: 'event_unknown' } })
    }
  })

  test('events come newest first, by pages that miss and double nothing', async () => {
    const { gateway, sender, friend, events } = await told()
    for (let count = 0; count < 4; count += 1) {
      await gateway.post('/message/postText', {
        appId: sender.appId,
        toWxid: friend.wxid,
        content: `${count}`,
      })
    }
    const all = (await events()).events.map(({ id }) => id)
    const first = await events({ limit: 3 })
    const second = await events({ limit: 3, before: first.events.at(-1)?.id })
    expect([...first.events, ...second.events].map(({ id }) => id)).toEqual(all)
    expect(all).toEqual(all.toSorted((a, b) => b - a))
    expect([first.more, second.more, all.length]).toEqual([true, false, 5])
  })
})
