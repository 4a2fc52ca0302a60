import { expect, test } from 'vitest'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { until } from '../../rigs/world.ts'

/** Asks until the login stands as wanted. */
async function untilStatus(world: IlinkWorld, code: { appId: string; uuid: string }, status: number) {
  return until(async () => {
    const { data } = await world.checkLogin(code)
    return data.status === status && data
  })
}

ilinkStories('logging a phone in', (world) => {
  test('gives what the phone must scan, as text and as a picture', async () => {
    const { gateway } = await world()
    const { data } = await gateway.post('/login/getLoginQrCode', { appId: '' })
    expect(data).toMatchObject({
      appId: expect.stringMatching(/^wx_\w{21}$/),
      uuid: expect.stringMatching(/^[0-9a-f]{32}$/),
      qrData: expect.stringMatching(/^https?:\/\//),
      qrImgBase64: expect.stringMatching(/^data:image\/jpg;base64,/),
    })
  })

  test('goes from waiting to scanned to logged in, in the numbers that clients know', async () => {
    const all = await world()
    const phone = all.rig.phone()
    const code = await all.qrCode()
    const waiting = await all.checkLogin(code)
    expect(waiting.data).toMatchObject({ status: 0, uuid: code.uuid, loginInfo: null, nickName: null })
    expect(waiting.data.expiredTime).toBeGreaterThan(100)
    phone.scan(code.qrData)
    expect((await untilStatus(all, code, 1)).expiredTime).toBeGreaterThan(5)
    const { botId } = phone.confirm(code.qrData)
    const done = await untilStatus(all, code, 2)
    expect(done).toMatchObject({ loginInfo: { wxid: botId }, uuid: code.uuid })
    expect(done.expiredTime).toBeGreaterThan(5)
    const online = await all.gateway.post('/login/checkOnline', { appId: code.appId })
    expect(online).toMatchObject({ ret: 200, data: true })
    expect(all.rig.violations).toEqual([])
  })

  test('follows a redirect to another data centre', async () => {
    const all = await world()
    const phone = all.rig.phone()
    const code = await all.qrCode()
    phone.scan(code.qrData)
    const { botId } = phone.confirm(code.qrData, { redirect: true })
    const done = await untilStatus(all, code, 2)
    expect(done.loginInfo?.wxid).toBe(botId)
  })

  test('asks for the code that the phone shows, says when it was wrong, and takes the right one', async () => {
    const all = await world()
    const phone = all.rig.phone()
    const code = await all.qrCode()
    phone.requireCode(code.qrData, '246810')
    phone.confirm(code.qrData)
    const asked = await until(async () => {
      const reply = await all.checkLogin(code)
      return reply.ret === 500 && reply
    })
    expect(asked).toMatchObject({
      msg: '检测登录失败',
      data: { code: 'login_code_needed', msg: expect.stringContaining('安全验证码') },
    })
    const wrong = await all.checkLogin(code, '111111')
    expect(wrong.data).toMatchObject({ code: 'login_code_needed', msg: expect.stringContaining('不正确') })
    await all.checkLogin(code, '246810')
    expect(await untilStatus(all, code, 2)).toMatchObject({ status: 2 })
  })

  test('says that too many wrong codes have spoilt the QR code', async () => {
    const all = await world()
    const code = await all.qrCode()
    all.rig.phone().requireCode(code.qrData, '246810', 1)
    await until(async () => (await all.checkLogin(code)).ret === 500)
    await all.checkLogin(code, '111111')
    const reply = await until(async () => {
      const now = await all.checkLogin(code, '111111')
      return (now.data as unknown as { code: string }).code === 'login_expired' && now
    })
    expect(reply.data).toMatchObject({ msg: expect.stringContaining('作废') })
  })

  test('tells an expired QR code by its time, and the next one of the same device works', async () => {
    const all = await world()
    const phone = all.rig.phone()
    const first = await all.qrCode()
    phone.expire(first.qrData)
    await until(async () => (await all.checkLogin(first)).data.expiredTime === 0)
    const device = await all.login(phone, first.appId)
    expect(device.appId).toBe(first.appId)
  })

  test('takes an answer lost to a failing network for waiting', async () => {
    const all = await world()
    const phone = all.rig.phone()
    all.rig.next('get_qrcode_status', { status: 524 }, { reset: true }, { badJson: true })
    const device = await all.login(phone)
    expect(device.wxid).toMatch(/@im\.bot$/)
  })

  test('goes on after a restart in the middle', async () => {
    const all = await world()
    const phone = all.rig.phone()
    const code = await all.qrCode()
    phone.scan(code.qrData)
    await untilStatus(all, code, 1)
    await all.gateway.restart()
    phone.confirm(code.qrData)
    expect(await untilStatus(all, code, 2)).toMatchObject({ status: 2 })
  })

  test('goes on after a restart although nobody asks how it went', async () => {
    const all = await world()
    const phone = all.rig.phone()
    const code = await all.qrCode()
    phone.scan(code.qrData)
    await all.gateway.restart()
    phone.confirm(code.qrData)
    const isOnline = () => all.gateway.post('/login/checkOnline', { appId: code.appId })
    await until(async () => ((await isOnline()).data as unknown) === true)
  })

  test('gives the credentials to a caller that never asked how it went', async () => {
    const all = await world()
    const phone = all.rig.phone()
    const code = await all.qrCode()
    phone.scan(code.qrData)
    phone.confirm(code.qrData)
    await until(
      async () =>
        (await all.gateway.post('/login/checkOnline', { appId: code.appId })).data === (true as never),
    )
  })

  test('keeps the contacts when the same device logs in again, who must write first once more', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    await all.gateway.post('/login/logout', { appId: device.appId })
    const again = await all.login(alice, device.appId)
    expect(again.appId).toBe(device.appId)
    const { data } = await all.gateway.post('/contacts/fetchContactsList', { appId: device.appId })
    expect(data).toEqual({ friends: [alice.userId], chatrooms: [], ghs: [] })
    const refused = await all.gateway.post('/message/postText', {
      appId: device.appId,
      toWxid: alice.userId,
      content: 'x',
    })
    expect(refused.data).toMatchObject({ code: 'window_closed', sent: 'no' })
  })

  test('says that a phone is on another device already, and leaves that one alone', async () => {
    const all = await world()
    const alice = all.rig.phone()
    const device = await all.login(alice)
    const code = await all.qrCode()
    alice.scan(code.qrData)
    alice.confirm(code.qrData)
    const reply = await until(async () => {
      const now = await all.checkLogin(code)
      return now.ret === 500 && now
    })
    expect(reply.data).toMatchObject({ code: 'login_failed', msg: expect.stringContaining(device.appId) })
    const online = await all.gateway.post('/login/checkOnline', { appId: device.appId })
    expect(online.data).toBe(true)
  })

  test('refuses a second login of a device that is online, in the exact words', async () => {
    const all = await world()
    const device = await all.login(all.rig.phone())
    const reply = await all.gateway.post('/login/getLoginQrCode', { appId: device.appId })
    expect(reply).toMatchObject({ ret: 500, msg: '微信已登录，请勿重复登录。' })
  })

  test('says so when WeChat cannot be reached', async () => {
    const { gateway } = await world({ HONGYAN_ILINK_QR_URL: 'http://127.0.0.1:9' })
    const reply = await gateway.post('/login/getLoginQrCode', { appId: '' })
    expect(reply).toMatchObject({ ret: 500, msg: '获取二维码失败', data: { code: 'channel_unreachable' } })
  })
})
