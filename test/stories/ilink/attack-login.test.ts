import { expect, test } from 'vitest'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { until } from '../../rigs/world.ts'

const asked = ({ rig }: IlinkWorld, endpoint: string) =>
  rig.requests.filter((request) => request.endpoint === endpoint)

const startCode = (all: IlinkWorld, appId = '') =>
  all.gateway.post<{ code: string; appId: string; uuid: string; qrData: string }>('/login/getLoginQrCode', {
    appId,
  })

/** Checks the login until it is neither waiting nor scanned. */
async function outcome(all: IlinkWorld, of: { appId: string; uuid: string }) {
  return until(async () => {
    const reply = await all.checkLogin(of)
    return (reply.ret !== 200 || reply.data.status === 2 || reply.data.expiredTime === 0) && reply
  })
}

ilinkStories('a QR code that is none', (world) => {
  test.each<[string, unknown]>([
    ['of 100 KB', { qrcode: 'q', qrcode_img_content: 'x'.repeat(100_000) }],
    ['that no QR code can hold', { qrcode: 'q', qrcode_img_content: 'x'.repeat(2900) }],
    ['that no QR code can hold in UTF-8', { qrcode: 'q', qrcode_img_content: '字'.repeat(1000) }],
    ['of control characters', { qrcode: 'q', qrcode_img_content: '\u001b]0;x\u0007\u0000\r\n' }],
    ['that is a number', { qrcode: 7, qrcode_img_content: 8 }],
    ['whose name is 200 KB', { qrcode: 'q'.repeat(200_000), qrcode_img_content: 'https://x/y' }],
    ['that is missing', {}],
  ])('is refused as such, and leaves no device: one %s', async (_, answer) => {
    const all = await world()
    all.rig.next('get_bot_qrcode', { answer })
    const { ret, data } = await startCode(all)
    expect({ ret, code: data.code }).toEqual({ ret: 500, code: 'login_failed' })
    expect((await all.gateway.post('/login/deviceList')).data).toEqual([])
  })
})

ilinkStories('a confirmation that should not be', (world) => {
  const account = (all: IlinkWorld) => ({
    status: 'confirmed',
    bot_token: 'bot-token',
    ilink_bot_id: 'bot@im.bot',
    baseurl: all.rig.url,
    ilink_user_id: 'user@im.wechat',
  })

  test.each<[string, Record<string, unknown>]>([
    ['a NUL in its id', { ilink_bot_id: 'a\u0000b' }],
    ['an id of 1 MB', { ilink_bot_id: 'x'.repeat(100_000) }],
    ['a line break in its id', { ilink_bot_id: 'a\r\nb' }],
    ['blanks in its id', { ilink_bot_id: ' a b ' }],
    ['the id of a chatroom', { ilink_bot_id: '1@chatroom' }],
    ['the id of the file helper', { ilink_bot_id: 'filehelper' }],
    ['an id that is a number', { ilink_bot_id: 7 }],
    ['a line break in its token', { bot_token: 'a\r\nX-Evil: 1' }],
    ['a token of 100 KB', { bot_token: 'x'.repeat(100_000) }],
    ['an address that is a file', { baseurl: 'file:///etc/passwd' }],
    ['an address with a password', { baseurl: 'http://a:b@127.0.0.1/' }],
    ['an address with a query', { baseurl: 'http://127.0.0.1/?a=' }],
    ['an address of 100 KB', { baseurl: `http://127.0.0.1/${'x'.repeat(100_000)}` }],
  ])('ends the login, and the device stays usable: one with %s', async (_, changes) => {
    const all = await world()
    const code = await all.qrCode()
    all.rig.next('get_qrcode_status', { answer: { ...account(all), ...changes } })
    const { data } = await outcome(all, code)
    expect(data).toMatchObject({ code: 'login_failed' })
    const again = await all.login(all.rig.phone(), code.appId)
    expect(again.appId).toBe(code.appId)
  })

  test('an account that another device already is stays that device’s', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const code = await all.qrCode()
    all.rig.next('get_qrcode_status', { answer: { ...account(all), ilink_bot_id: device.wxid } })
    const { data } = await outcome(all, code)
    expect(data).toMatchObject({ code: 'login_failed', msg: expect.stringContaining('另一台设备') })
    await all.hear(alice, device, 'still mine')
  })

  test('one that asks for a code that nobody gives ends with the next QR code', async () => {
    const all = await world()
    const code = await all.qrCode()
    all.rig.next('get_qrcode_status', { answer: { status: 'need_verifycode' } })
    await until(async () => (await all.checkLogin(code)).ret === 500)
    const again = await all.login(all.rig.phone(), code.appId)
    expect(again.appId).toBe(code.appId)
  })

  test.each(['127.0.0.1:1/x', 'user@host', 'a b', '[::1]', 'x'.repeat(300), '-', '..', 'host:99999', ''])(
    'a redirect to %j does not break the login',
    async (redirect_host) => {
      const all = await world()
      const code = await all.qrCode()
      all.rig.next('get_qrcode_status', { answer: { status: 'scaned_but_redirect', redirect_host } })
      await until(() => asked(all, 'get_qrcode_status').length > 1)
      all.rig.phone().scan(code.qrData)
      all.rig.phone().confirm(code.qrData)
      expect((await outcome(all, code)).data.status).toBe(2)
    },
  )
})

ilinkStories('logins at once', (world) => {
  test('checkLogin 50 times at once tells 50 times the same, and logs in once', async () => {
    const all = await world()
    const code = await all.qrCode()
    const waiting = Array.from({ length: 50 }, () => all.checkLogin(code))
    all.rig.phone().scan(code.qrData)
    all.rig.phone().confirm(code.qrData)
    await Promise.all(waiting)
    await until(async () => (await all.checkLogin(code)).data.status === 2)
    const replies = await Promise.all(Array.from({ length: 50 }, () => all.checkLogin(code)))
    expect(new Set(replies.map(({ data }) => JSON.stringify(data))).size).toBe(1)
    expect(all.rig.bots).toHaveLength(1)
    await until(() => asked(all, 'notifystart').length > 0)
    expect(asked(all, 'notifystart')).toHaveLength(1)
  })

  test('of several codes for one device at once the last is followed, and its uuid is the one that counts', async () => {
    const all = await world()
    const { appId } = await all.qrCode()
    const codes = (await Promise.all([1, 2, 3, 4].map(() => startCode(all, appId)))).map(({ data }) => data)
    const standing = await Promise.all(codes.map((code) => all.checkLogin(code)))
    const current = codes.filter((_, index) => standing[index]?.ret === 200)
    expect(current).toHaveLength(1)
    const [code = { appId, uuid: '', qrData: '' }] = current
    all.rig.phone().scan(code.qrData)
    all.rig.phone().confirm(code.qrData)
    expect((await outcome(all, code)).data.status).toBe(2)
  })

  test('a logout ends the polling, also where nothing arrives any more', async () => {
    const all = await world()
    const { device } = await all.ready()
    await until(() => all.rig.polling(device.wxid) > 0)
    await all.gateway.post('/login/logout', { appId: device.appId })
    await until(() => asked(all, 'notifystop').length > 0 && all.rig.polling(device.wxid) === 0)
    // Longer than the listener looks; a poll that goes on would be seen by now.
    const before = asked(all, 'getupdates').length
    const other = await all.login(all.rig.phone('other@im.wechat'))
    await until(() => all.rig.polling(other.wxid) > 0)
    const mine = asked(all, 'getupdates').slice(before)
    const tokens = new Set(mine.map(({ headers }) => headers.authorization))
    await until(() => asked(all, 'getupdates').length > before + 8)
    const late = asked(all, 'getupdates')
      .slice(-3)
      .map(({ headers }) => headers.authorization)
    expect(new Set(late).size).toBe(1)
    expect(tokens.size).toBeGreaterThan(0)
    const [bot] = all.rig.bots.filter(({ botId }) => botId === device.wxid)
    expect(late).not.toContain(`Bearer ${bot?.token}`)
  })

  test('a dead session whose network is gone keeps no other device from being polled', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const bob = all.rig.phone('bob@im.wechat')
    const second = await all.login(bob)
    await all.hear(bob, second, 'hi')
    all.rig.killSession(device.wxid)
    await until(() => all.told('Offline').length > 0)
    expect(alice.userId).not.toBe(bob.userId)
    // Whatever is told of a start from now on is not answered.
    all.rig.next('notifystart', ...Array(20).fill({ hang: true }))
    await all.gateway.restart()
    await all.hear(bob, second, 'after the restart')
  }, 40_000)
})
