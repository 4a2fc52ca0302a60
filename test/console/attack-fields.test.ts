import { expect, test } from 'vitest'
import { withTokens } from '../stories/refusal.ts'
import { consoleStories, signIn } from './world.ts'

consoleStories('fields of the console under attack', (start) => {
  const odd = [
    null,
    true,
    [],
    {},
    '',
    ' ',
    -1,
    -0.5,
    1.5,
    1e21,
    1e300,
    2 ** 53,
    '1',
    '\ud800',
    'x'.repeat(300),
    { $ne: 1 },
  ]
  const calls: Record<string, Record<string, unknown>> = {
    devices: {},
    conversations: { appId: '', before: 5, limit: 5 },
    messages: { appId: '', peer: 'wxid_x', before: 5, limit: 5 },
    contacts: { appId: '' },
    events: { before: 5, limit: 5, state: 'owed' },
    event: { id: 5 },
    sendAgain: { id: 5 },
    setCallback: { callbackUrl: 'http://127.0.0.1:1/' },
    renameDevice: { appId: '', nickName: 'x' },
    signIn: { token: 'x' },
    session: {},
    signOut: {},
  }

  test('no value of any field makes the gateway itself fail', async () => {
    const gateway = await start()
    const { appId } = await gateway.device()
    const bad: unknown[] = []
    for (const [name, body] of Object.entries(calls)) {
      const browser = await signIn(gateway)
      const whole = 'appId' in body ? { ...body, appId } : body
      for (const field of Object.keys(whole)) {
        for (const value of odd) {
          const reply = await browser.call<{ code?: string }>(`/console/${name}`, {
            ...whole,
            [field]: value,
          })
          if (reply.ret === 200) continue
          if (['internal', 'database_failed', 'storage_failed'].includes(reply.data?.code ?? 'none'))
            bad.push([name, field, value, reply.data])
        }
      }
    }
    expect(bad).toEqual([])
  })

  test('no address of a file makes the gateway itself fail', async () => {
    const gateway = await start()
    const { appId } = await gateway.device()
    const browser = await signIn(gateway)
    const bad: unknown[] = []
    for (const path of [
      '%00/1/body',
      `${appId}/1/%00`,
      `${appId}/%00/body`,
      `${appId}/9999999999999999/body`,
      `${appId}/1/..%2f..%2fetc`,
      '..%2f..%2f/1/body',
      '%ff/1/body',
      '%ed%a0%80/1/body',
      `${appId}/1e3/body`,
      `${appId}/-1/body`,
      `${appId}/1/__proto__`,
      `${'x'.repeat(512)}/1/body`,
      `${'x'.repeat(513)}/1/body`,
      `${appId}/1`,
      `${appId}`,
      `${appId}/1/body/x`,
    ]) {
      const response = await browser.get(`/console/media/${path}`)
      const text = await response.text()
      if (response.status >= 500 || (response.status === 200 && !text.startsWith('<!doctype')))
        bad.push([path, response.status, text.slice(0, 200)])
    }
    expect(bad).toEqual([])
  })

  test('another token sees and changes nothing of a device', async () => {
    const gateway = await start()
    const { appId } = await gateway.device()
    const other = await signIn(gateway, await withTokens(gateway, (tokens) => tokens.create('other')))
    for (const [name, body] of Object.entries(calls)) {
      if (!('appId' in body)) continue
      expect(await other.call(`/console/${name}`, { ...body, appId })).toMatchObject({
        ret: 500,
        data: { code: 'device_unknown' },
      })
    }
  })
})
