import { afterEach, expect, test } from 'vitest'
import { stories, until } from '../rigs/world.ts'
import { withTokens } from '../stories/refusal.ts'
import { signIn, type Visitor } from './world.ts'

interface Told {
  readonly id: string
  readonly kind: string
  readonly data: Record<string, unknown>
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** Follows the live feed as a browser does; `told` grows. */
async function follow(browser: Visitor, lastId?: string) {
  const response = await browser.get(
    '/console/api/live',
    lastId === undefined ? {} : { 'last-event-id': lastId },
  )
  const told: Told[] = []
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let ended = false
  const read = async () => {
    let text = ''
    for (;;) {
      const next = await reader?.read()
      if (!next || next.done) break
      text += next.value
      const frames = text.split('\n\n')
      text = frames.pop() ?? ''
      for (const frame of frames) {
        const [, id = '', kind = '', data = '{}'] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(frame) ?? []
        if (kind) told.push({ id, kind, data: JSON.parse(data) })
      }
    }
    ended = true
  }
  read().catch(() => {
    ended = true
  })
  const close = () => void reader?.cancel().catch(() => undefined)
  closers.push(close)
  return { status: response.status, told, close, ended: () => ended }
}

stories('the live feed', (world) => {
  test('begins with a reset, and tells each side of a message that it came, changed and went', async () => {
    const { gateway, sender, friend } = await world()
    const { told } = await follow(await signIn(gateway))
    await until(() => told[0])
    expect(told[0]?.kind).toBe('reset')
    const words = { appId: sender.appId, toWxid: friend.wxid, content: 'x' }
    const { data } = await gateway.post<{ newMsgId: number }>('/message/postText', words)
    const hints = (appId: string) =>
      told.filter((each) => each.kind === 'message' && each.data.appId === appId)
    await until(() => hints(friend.appId)[0])
    const { newMsgId } = data
    expect(hints(sender.appId)[0]?.data).toEqual({ appId: sender.appId, peer: friend.wxid, newMsgId })
    expect(hints(friend.appId)[0]?.data).toEqual({ appId: friend.appId, peer: sender.wxid, newMsgId })
    const before = hints(friend.appId).length
    await gateway.post('/message/revokeMsg', { appId: sender.appId, toWxid: friend.wxid, newMsgId })
    await until(() => hints(friend.appId).length > before)
  })

  test('tells that a device went offline and came back', async () => {
    const { gateway, friend } = await world()
    const { told } = await follow(await signIn(gateway))
    await until(() => told[0])
    const devices = () =>
      told.filter(({ kind, data }) => kind === 'device' && data.appId === friend.appId).length
    await gateway.post('/login/logout', { appId: friend.appId })
    await until(() => devices() === 1)
    await gateway.post('/login/reconnection', { appId: friend.appId })
    await until(() => devices() === 2)
  })

  test('goes on after a drop with exactly what was missed', async () => {
    const { gateway, sender, friend } = await world()
    const browser = await signIn(gateway)
    const say = async (content: string) => {
      const words = { appId: sender.appId, toWxid: friend.wxid, content }
      return (await gateway.post<{ newMsgId: number }>('/message/postText', words)).data.newMsgId
    }
    const first = await follow(browser)
    await until(() => first.told[0])
    const seen = await say('seen')
    const times = () =>
      first.told.filter(({ data }) => data.newMsgId === seen && data.appId === friend.appId).length
    // Where processes share a database, the rows are looked at too, and each hint comes once more.
    await until(() => times() === (gateway.databaseUrl ? 2 : 1))
    const last = first.told.at(-1)?.id
    first.close()
    const missed = [await say('missed'), await say('missed too')]
    const second = await follow(browser, last)
    const came = () =>
      second.told.filter(({ data }) => data.appId === friend.appId).map(({ data }) => data.newMsgId)
    await until(() => came().length >= 2)
    const next = await say('new')
    await until(() => came().includes(next))
    const unique = [...new Set(came())]
    expect(unique).toEqual([...missed, next])
    expect(second.told.some(({ kind }) => kind === 'reset')).toBe(false)
  })

  test.each(['0.1', 'x', '', '9'.repeat(60), 'zz.99999999'])(
    'resumes an id it does not know (%j) with a reset',
    async (lastId) => {
      const { gateway } = await world()
      const { told } = await follow(await signIn(gateway), lastId)
      await until(() => told[0])
      expect(told[0]?.kind).toBe('reset')
    },
  )

  test('tells nothing of another token', async () => {
    const { gateway, sender, friend } = await world()
    const other = await withTokens(gateway, (tokens) => tokens.create('other'))
    const stranger = await follow(await signIn(gateway, other))
    const own = await follow(await signIn(gateway))
    await until(() => stranger.told[0] && own.told[0])
    await gateway.post('/message/postText', { appId: sender.appId, toWxid: friend.wxid, content: 'x' })
    await until(() => own.told.some(({ kind }) => kind === 'message'))
    // Its own device is told after it, over the same feed.
    const device = await gateway.device(other)
    await until(() =>
      stranger.told.some(({ kind, data }) => kind === 'device' && data.appId === device.appId),
    )
    expect(stranger.told.some(({ kind }) => kind === 'message')).toBe(false)
  })

  test('one token may follow it sixty-four times at once and no more', async () => {
    const { gateway } = await world()
    const browser = await signIn(gateway)
    for (let count = 0; count < 64; count += 1) expect((await follow(browser)).status).toBe(200)
    expect((await follow(browser)).status).toBe(429)
    closers.splice(0, 1)[0]?.()
    await until(async () => (await follow(browser)).status === 200)
  })

  test('ends with the gateway, and does not keep it from stopping', async () => {
    const { gateway } = await world()
    const { told, ended } = await follow(await signIn(gateway))
    await until(() => told[0])
    await gateway.restart()
    await until(() => ended())
  })
})
