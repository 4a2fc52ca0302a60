import { afterEach, describe, expect, test } from 'vitest'
import { engines } from '../rigs/databases.ts'
import { startTestGateway, type TestGateway } from '../rigs/gateway.ts'
import { until } from '../rigs/world.ts'
import { signIn } from './world.ts'

/** An embedded database has one process. */
const postgres = engines().find(({ name }) => name === 'postgres')

describe.skipIf(!postgres)('several processes on one database', () => {
  const open: Pick<TestGateway, 'close'>[] = []
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })

  test('the feed of one tells what the others do, also what becomes of it', async () => {
    const place = await postgres?.place()
    if (!place) throw new Error('there is no PostgreSQL')
    open.push({ close: () => place.dispose() })
    const databaseUrl = place.url
    const [one, two] = [await startTestGateway({ databaseUrl }), await startTestGateway({ databaseUrl })]
    open.push(one, two)
    const [sender, friend] = [await one.device(), await one.device()]
    const response = await (await signIn(two)).get('/console/api/live')
    let text = ''
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const reading = (async () => {
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
        text += next.value
    })()
    const hints = () => [...text.matchAll(/^data: (\{"appId".*)$/gm)].map(([, data = '']) => JSON.parse(data))

    const words = { appId: sender.appId, toWxid: friend.wxid, content: 'x' }
    const { data } = await one.post<{ newMsgId: number }>('/message/postText', words)
    const { newMsgId } = data
    await until(() => hints().length >= 2)
    expect(hints()).toContainEqual({ appId: sender.appId, peer: friend.wxid, newMsgId })
    expect(hints()).toContainEqual({ appId: friend.appId, peer: sender.wxid, newMsgId })
    await one.post('/message/revokeMsg', { appId: sender.appId, toWxid: friend.wxid, newMsgId })
    await until(() => hints().length >= 4)
    expect(hints().length).toBe(4)
    await reader?.cancel()
    await reading
  })
})
