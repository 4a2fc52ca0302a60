import { expect, test } from 'vitest'
import { token } from '../rigs/gateway.ts'
import { stories } from '../rigs/world.ts'

interface Qr {
  appId: string
  uuid: string
  qrData: string
  qrImgBase64: string
}

interface Login {
  uuid: string
  status: number
  expiredTime: number
  nickName: string
  loginInfo: { uin: number; wxid: string; nickName: string; mobile: string; alias: string } | null
}

stories('what a client asks at its start', (world) => {
  test('getTokenId gives an existing caller its own token, and a stranger on this machine always the same', async () => {
    const { gateway } = await world()
    const ask = (init: RequestInit = {}) =>
      fetch(`${gateway.baseUrl}/v2/api/tools/getTokenId`, { method: 'POST', ...init })
    const bodies: RequestInit[] = [
      {},
      { headers: { 'content-type': 'application/json' } },
      { headers: { 'content-type': 'application/json', 'x-gewe-token': '' }, body: '{}' },
      { headers: { 'x-gewe-token': token } },
    ]
    for (const init of bodies) {
      expect(await (await ask(init)).json()).toEqual({ ret: 200, msg: '执行成功', data: token })
    }
  })

  test('a stranger gets no token where that is off, or when it comes from a web page or through a proxy', async () => {
    const { gateway } = await world({ HONGYAN_OPEN_TOKENS: 'off' })
    expect(await gateway.post('/tools/getTokenId', {}, { token: null })).toMatchObject({
      ret: 500,
      data: { code: 'token_closed' },
    })
    await gateway.restart({ HONGYAN_OPEN_TOKENS: 'on' })
    expect((await gateway.post('/tools/getTokenId', {}, { token: null })).ret).toBe(200)
    for (const headers of [{ origin: 'https://evil.example' }, { 'x-forwarded-for': '203.0.113.9' }]) {
      const reply = await gateway.post('/tools/getTokenId', {}, { token: null, headers })
      expect(reply).toMatchObject({ ret: 500, data: { code: 'token_closed' } })
    }
  })

  test('a login goes from an empty or null appId over the QR picture to loginInfo', async () => {
    const { gateway } = await world()
    for (const appId of ['', null]) {
      const { data: qr } = await gateway.post<Qr>('/login/getLoginQrCode', {
        appId,
        proxyIp: '',
        type: 'ipad',
      })
      expect(qr.appId).toMatch(/^wx_\w{21}$/)
      expect(qr.qrData).toBe(`http://weixin.qq.com/x/${qr.uuid}`)
      const [head, picture = ''] = qr.qrImgBase64.split(',')
      expect(head).toBe('data:image/jpg;base64')
      expect(Buffer.from(picture, 'base64').subarray(0, 3).toString('hex')).toBe('ffd8ff')
      const { data: login } = await gateway.post<Login>('/login/checkLogin', {
        appId: qr.appId,
        uuid: qr.uuid,
        captchCode: '',
      })
      expect(login).toMatchObject({ uuid: qr.uuid, status: 2 })
      expect(login.expiredTime).toBeGreaterThan(5)
      expect(login.loginInfo).toMatchObject({
        wxid: expect.stringMatching(/^wxid_\w{14}$/),
        mobile: '',
        alias: '',
      })
      expect(Number.isInteger(login.loginInfo?.uin)).toBe(true)
      const again = await gateway.post<Login>('/login/checkLogin', { appId: qr.appId, uuid: qr.uuid })
      expect(again.data.loginInfo).toEqual(login.loginInfo)
    }
  })

  test('a device keeps its wxid over logout, dialogLogin and a new login', async () => {
    const { gateway, sender } = await world()
    const { appId, wxid } = sender
    expect((await gateway.post('/login/logout', { appId })).ret).toBe(200)
    expect((await gateway.post('/login/checkOnline', { appId })).data).toBe(false)
    const { data } = await gateway.post<{ appId: string; uuid: string }>('/login/dialogLogin', { appId })
    expect(data.appId).toBe(appId)
    const login = await gateway.post<Login>('/login/checkLogin', { appId, uuid: data.uuid })
    expect(login.data.loginInfo?.wxid).toBe(wxid)
    expect((await gateway.post('/login/checkOnline', { appId })).data).toBe(true)
  })

  test('checkOnline is false and not an error for a device that nobody knows', async () => {
    const { gateway } = await world()
    for (const appId of ['wx_nobody', '', null]) {
      expect(await gateway.post('/login/checkOnline', { appId })).toMatchObject({ ret: 200, data: false })
    }
  })

  test('deviceList names the devices, in order', async () => {
    const { gateway, sender, friend } = await world()
    expect((await gateway.post('/login/deviceList')).data).toEqual([sender.appId, friend.appId])
  })

  test('contacts are the other devices, filehelper and the chatrooms, and have the strings that strict clients need', async () => {
    const { gateway, sender, friend } = await world()
    const { data: room } = await gateway.post<{ chatroomId: string }>('/group/createChatroom', {
      appId: sender.appId,
      wxid: [sender.wxid, friend.wxid],
    })
    for (const path of ['/contacts/fetchContactsList', '/contacts/fetchContactsListCache']) {
      const { data } = await gateway.post(path, { appId: sender.appId })
      expect(data).toEqual({ friends: [friend.wxid, 'filehelper'], chatrooms: [room.chatroomId], ghs: [] })
    }
    const wxids = [friend.wxid, 'filehelper', room.chatroomId, 'wxid_nobody']
    for (const path of ['/contacts/getBriefInfo', '/contacts/getDetailInfo']) {
      const reply = await gateway.post<Record<string, unknown>[]>(path, { appId: sender.appId, wxids })
      expect(reply.msg).toBe('获取联系人信息成功')
      expect(reply.data.map(({ userName }) => userName)).toEqual(wxids.slice(0, 3))
      for (const contact of reply.data) {
        for (const field of [
          'userName',
          'nickName',
          'pyInitial',
          'quanPin',
          'alias',
          'country',
          'bigHeadImgUrl',
          'smallHeadImgUrl',
          'province',
          'city',
        ]) {
          expect(typeof contact[field]).toBe('string')
        }
        expect(contact).toMatchObject({ sex: 0, phoneNumList: null })
      }
      expect(reply.data[1]).toMatchObject({
        nickName: '文件传输助手',
        pyInitial: 'WJCSZS',
        quanPin: 'wenjianchuanshuzhushou',
      })
    }
  })

  test('a chatroom tells its owner and members under both spellings', async () => {
    const { gateway, sender, friend } = await world()
    const wxids = [friend.wxid, sender.wxid]
    const { data: room } = await gateway.post<{ chatroomId: string }>('/group/createChatroom', {
      appId: sender.appId,
      wxids,
    })
    const about = { appId: friend.appId, chatroomId: room.chatroomId }
    const info = await gateway.post<{ memberList: { wxid: string }[] }>('/group/getChatroomInfo', about)
    expect(info.data).toMatchObject({
      chatroomId: room.chatroomId,
      chatRoomOwner: sender.wxid,
      smallHeadImgUrl: '',
    })
    expect(info.data.memberList.map(({ wxid }) => wxid).sort()).toEqual([sender.wxid, friend.wxid].sort())
    const members = await gateway.post('/group/getChatroomMemberList', about)
    expect(members.data).toMatchObject({ chatroomOwner: sender.wxid, adminWxid: null })
  })

  test('an unknown chatroom still has a chatroomId to read', async () => {
    const { gateway, sender } = await world()
    const reply = await gateway.post('/group/getChatroomInfo', {
      appId: sender.appId,
      chatroomId: '123@chatroom',
    })
    expect(reply).toMatchObject({ ret: 200, data: { chatroomId: '', memberList: [] } })
  })

  test('a chatroom of one, or with a stranger, is refused', async () => {
    const { gateway, sender, friend } = await world()
    for (const wxids of [[friend.wxid], [friend.wxid, friend.wxid], [friend.wxid, 'wxid_stranger'], []]) {
      const reply = await gateway.post('/group/createChatroom', { appId: sender.appId, wxids })
      expect(reply).toMatchObject({ ret: 500, msg: '创建群聊失败', data: { code: 'members_invalid' } })
    }
  })

  test('the profile has every key as a non-null value', async () => {
    const { gateway, sender } = await world()
    const { data } = await gateway.post('/personal/getProfile', { appId: sender.appId, proxyIp: '' })
    expect(data.wxid).toBe(sender.wxid)
    expect(Object.keys(data)).toHaveLength(14)
    for (const value of Object.values(data)) expect(value).not.toBeNull()
  })
})
