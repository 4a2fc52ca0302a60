import { type Mountable, route } from '../http/route.ts'
import type { Contacts } from './contacts.ts'
import type { Login } from './login.ts'
import * as schema from './schema.ts'

interface DeviceRoutes {
  readonly login: Login
  readonly contacts: Contacts
  /** Of a device that is made without naming one. */
  readonly defaultChannel: string
}

const loginTag = '登录模块'
const contactsTag = '联系人模块'
const groupTag = '群模块'

/** `/login`, `/contacts`, `/group` and `/personal`. */
export function deviceRoutes({ login, contacts, defaultChannel }: DeviceRoutes): readonly Mountable[] {
  return [
    route({
      url: '/login/getLoginQrCode',
      tag: loginTag,
      summary: '获取登录二维码',
      failure: '获取二维码失败',
      body: schema.qrRequest,
      data: schema.qrReply,
      handle: ({ appId, channel }, { caller }) =>
        login.getQrCode(caller.tokenId, appId ?? '', channel ?? defaultChannel),
    }),
    route({
      url: '/login/checkLogin',
      tag: loginTag,
      summary: '检查登录状态',
      failure: '检测登录失败',
      body: schema.checkLoginRequest,
      data: schema.checkLoginReply,
      handle: ({ appId, uuid, captchCode }, { caller }) =>
        login.checkLogin(caller.tokenId, appId, uuid, captchCode?.trim() ?? ''),
    }),
    route({
      url: '/login/dialogLogin',
      tag: loginTag,
      summary: '弹框登录',
      failure: '弹框登录失败',
      body: schema.onlyAppId,
      data: schema.dialogReply,
      handle: ({ appId }, { caller }) => login.dialog(caller.tokenId, appId),
    }),
    route({
      url: '/login/checkOnline',
      tag: loginTag,
      summary: '检查是否在线',
      failure: '检查在线失败',
      body: schema.maybeAppId,
      data: schema.flag,
      handle: ({ appId }, { caller }) => login.checkOnline(caller.tokenId, appId ?? ''),
    }),
    route({
      url: '/login/reconnection',
      tag: loginTag,
      summary: '断线重连',
      failure: '断线重连失败',
      body: schema.onlyAppId,
      data: schema.flag,
      handle: ({ appId }, { caller }) => login.reconnect(caller.tokenId, appId),
    }),
    route({
      url: '/login/logout',
      tag: loginTag,
      summary: '退出登录',
      failure: '退出登录失败',
      body: schema.onlyAppId,
      data: undefined,
      handle: ({ appId }, { caller }) => login.logout(caller.tokenId, appId),
    }),
    route({
      url: '/login/deviceList',
      tag: loginTag,
      summary: '设备列表',
      failure: '获取设备列表失败',
      body: schema.nothing,
      data: schema.appIds,
      handle: (_, { caller }) => login.list(caller.tokenId),
    }),
    ...(['/contacts/fetchContactsList', '/contacts/fetchContactsListCache'] as const).map((url) =>
      route({
        url,
        tag: contactsTag,
        summary: url.endsWith('Cache') ? '获取通讯录缓存' : '获取通讯录列表',
        failure: '获取通讯录列表失败',
        body: schema.onlyAppId,
        data: schema.contactsReply,
        handle: ({ appId }, { caller }) => contacts.list(caller.tokenId, appId),
      }),
    ),
    route({
      url: '/contacts/getBriefInfo',
      tag: contactsTag,
      summary: '获取联系人简要信息',
      failure: '获取联系人信息失败',
      msg: '获取联系人信息成功',
      body: schema.infoRequest(100),
      data: schema.contactList,
      handle: ({ appId, wxids }, { caller }) => contacts.info(caller.tokenId, appId, wxids),
    }),
    route({
      url: '/contacts/getDetailInfo',
      tag: contactsTag,
      summary: '获取联系人详细信息',
      failure: '获取联系人信息失败',
      msg: '获取联系人信息成功',
      body: schema.infoRequest(20),
      data: schema.contactList,
      handle: ({ appId, wxids }, { caller }) => contacts.info(caller.tokenId, appId, wxids),
    }),
    route({
      url: '/group/createChatroom',
      tag: groupTag,
      summary: '创建群聊',
      failure: '创建群聊失败',
      body: schema.createChatroomRequest,
      data: schema.createChatroomReply,
      handle: ({ appId, wxids, wxid }, { caller }) =>
        contacts.createChatroom(caller.tokenId, appId, wxids ?? wxid ?? []),
    }),
    route({
      url: '/group/getChatroomInfo',
      tag: groupTag,
      summary: '获取群信息',
      failure: '获取群信息失败',
      body: schema.chatroomRequest,
      data: schema.chatroomReply,
      handle: ({ appId, chatroomId }, { caller }) => contacts.chatroomInfo(caller.tokenId, appId, chatroomId),
    }),
    route({
      url: '/group/getChatroomMemberList',
      tag: groupTag,
      summary: '获取群成员列表',
      failure: '获取群成员列表失败',
      body: schema.chatroomRequest,
      data: schema.memberListReply,
      handle: ({ appId, chatroomId }, { caller }) => contacts.memberList(caller.tokenId, appId, chatroomId),
    }),
    route({
      url: '/personal/getProfile',
      tag: '个人模块',
      summary: '获取个人资料',
      failure: '获取个人资料失败',
      body: schema.onlyAppId,
      data: schema.profileReply,
      handle: ({ appId }, { caller }) => contacts.profile(caller.tokenId, appId),
    }),
  ]
}
