import { expect, test } from 'vitest'
import type { EventView, MessageView } from '../../src/console/schema.ts'
import { stories, until } from '../rigs/world.ts'
import { signIn } from './world.ts'

stories('the console under attack', (world) => {
  test('a page of messages has a limit in bytes too, and the pages together miss and double nothing', async () => {
    const { gateway, sender, friend } = await world()
    const browser = await signIn(gateway)
    const content = '雁'.repeat(16_384)
    for (let count = 0; count < 60; count += 1)
      await gateway.post('/message/postText', {
        appId: sender.appId,
        toWxid: friend.wxid,
        content: `${count}${content}`.slice(0, 16_384),
      })
    const sizes: number[] = []
    const ids: number[] = []
    for (let before: number | undefined; ; before = ids.at(-1)) {
      const { data } = await browser.call<{ messages: MessageView[]; more: boolean }>('/console/messages', {
        appId: sender.appId,
        peer: friend.wxid,
        limit: 100,
        ...(before === undefined ? {} : { before }),
      })
      sizes.push(Buffer.byteLength(JSON.stringify(data)))
      ids.push(...data.messages.map(({ newMsgId }) => newMsgId).toReversed())
      if (!data.more) break
    }
    expect(new Set(ids).size).toBe(60)
    expect(ids.length).toBe(60)
    expect(Math.max(...sizes)).toBeLessThan(1024 * 1024)
  })

  test('"send again" pressed by many at once owes the event once', async () => {
    const { gateway, receiver, sender, friend } = await world()
    const browser = await signIn(gateway)
    await browser.call('/console/setCallback', { callbackUrl: receiver.url })
    await gateway.post('/message/postText', { appId: sender.appId, toWxid: friend.wxid, content: 'x' })
    const events = async () =>
      (await browser.call<{ events: EventView[]; owed: number }>('/console/events')).data
    const event = await until(async () => (await events()).events.find(({ state }) => state === 'delivered'))
    const press = () => browser.call('/console/sendAgain', { id: event.id })
    const replies = await Promise.all(Array.from({ length: 40 }, press))
    expect(replies.filter(({ ret }) => ret !== 200)).toEqual([])
    await until(async () => (await events()).owed === 0)
    const { data } = await browser.call<{ attempts: { number: number }[] }>('/console/event', {
      id: event.id,
    })
    const numbers = data.attempts.map(({ number }) => number)
    expect(numbers.length).toBeGreaterThan(1)
    expect(numbers).toEqual(numbers.map((_, index) => numbers.length - index))
    expect(receiver.events.length).toBe(numbers.length)
  })
})
