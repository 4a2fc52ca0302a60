import { expect, test } from 'vitest'
import { ilinkStories } from '../../rigs/ilink-world.ts'
import { until } from '../../rigs/world.ts'

ilinkStories('what nobody wants any more', (world) => {
  test('a device that was logged out is polled no longer, even while nobody writes', async () => {
    // A poll that waits for longer than the test.
    const all = await world({}, { holdMs: 60_000 })
    const { device } = await all.ready()
    await until(() => all.rig.polling(device.wxid) === 1)
    await all.gateway.post('/login/logout', { appId: device.appId })
    await until(() => all.rig.polling(device.wxid) === 0)
  })

  test('a session that died does not come back once its device was logged out', async () => {
    const all = await world()
    const { device } = await all.ready()
    all.rig.killSession(device.wxid)
    await until(async () => {
      return !(await all.gateway.post<boolean>('/login/checkOnline', { appId: device.appId })).data
    })
    await all.gateway.post('/login/logout', { appId: device.appId })
    all.rig.reviveSession(device.wxid)
    const reply = await all.gateway.post('/login/reconnection', { appId: device.appId })
    expect(reply).toMatchObject({ ret: 500, data: { code: 'session_dead' } })
    const { data } = await all.gateway.post('/login/checkOnline', { appId: device.appId })
    expect(data).toBe(false)
  })

  test('a QR code that could not be had leaves no device behind', async () => {
    const all = await world()
    all.rig.next('get_bot_qrcode', { status: 503 })
    const reply = await all.gateway.post('/login/getLoginQrCode', { appId: '' })
    expect(reply).toMatchObject({ ret: 500, data: { code: 'channel_unreachable' } })
    expect((await all.gateway.post('/login/deviceList', {})).data).toEqual([])
  })

  test('a device whose polls failed before a restart is not called failing once they work', async () => {
    const all = await world()
    const { device } = await all.ready()
    const states = async (): Promise<string[]> => {
      const body: unknown = await (await fetch(`${all.gateway.baseUrl}/readyz`)).json()
      return JSON.stringify(body).match(/(?<="state":")[^"]*/g) ?? []
    }
    all.rig.next('getupdates', { status: 503 }, { status: 503 }, { status: 503 })
    await until(async () => (await states()).includes('failing'))
    await all.gateway.restart()
    await until(async () => (await states()).includes('online'))
    const { data } = await all.gateway.post('/login/checkOnline', { appId: device.appId })
    expect(data).toBe(true)
  })

  test('a quote and the words behind it are told in their order, although the quoted message is looked up', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const { messageId } = alice.write(device.wxid, { text: '哪一个？' })
    await until(() => all.told('AddMsg').length === 2)
    all.rig.next('getupdates', { delayMs: 1000 })
    await until(() => all.rig.polling(device.wxid) === 0)
    for (let count = 0; count < 3; count += 1) {
      alice.write(device.wxid, { text: `引用 ${count}`, quote: { messageId } })
      alice.write(device.wxid, { text: `之后 ${count}` })
    }
    await until(() => all.told('AddMsg').length === 8)
    const told = all.told('AddMsg').slice(2)
    expect(told.map(({ Data }) => /(引用|之后) \d/.exec(Data.Content.string)?.[0])).toEqual([
      '引用 0',
      '之后 0',
      '引用 1',
      '之后 1',
      '引用 2',
      '之后 2',
    ])
    const ids = told.map(({ Data }) => Data.NewMsgId)
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
  })
})
