import { Type } from 'typebox'
import { appId, looseText, wxid } from '../http/fields.ts'

const text = (description: string) => Type.String({ description })
const nullable = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })

export const onlyAppId = Type.Object({ appId })
/** Clients ask whether they are online before they have an appId. */
export const maybeAppId = Type.Object({ appId: looseText('设备ID') })
export const nothing = Type.Object({})

export const flag = Type.Boolean()
export const appIds = Type.Array(Type.String(), { description: '设备ID' })

export const qrRequest = Type.Object({
  appId: looseText('设备ID，首次登录传空字符串'),
  channel: Type.Optional(
    Type.String({
      maxLength: 32,
      description: '设备所在的通道：local 或 ilink；默认由 HONGYAN_DEFAULT_CHANNEL 决定',
    }),
  ),
})

export const qrReply = Type.Object({
  appId: text('设备ID'),
  uuid: text('本次登录的标识，checkLogin 时传回'),
  qrData: text('二维码内容'),
  qrImgBase64: text('二维码图片'),
})

export const checkLoginRequest = Type.Object({
  appId,
  uuid: Type.String({ minLength: 1, maxLength: 128, description: 'getLoginQrCode 返回的 uuid' }),
  captchCode: looseText('安全验证码'),
})

export const loginInfo = Type.Object({
  uin: Type.Integer(),
  wxid: text('微信ID'),
  nickName: text('昵称'),
  mobile: text('手机号'),
  alias: text('微信号'),
})

export const checkLoginReply = Type.Object({
  uuid: text('本次登录的标识'),
  headImgUrl: nullable('头像'),
  nickName: nullable('昵称'),
  expiredTime: Type.Integer({ description: '二维码剩余有效秒数' }),
  status: Type.Integer({ description: '0 未扫码，1 已扫码，2 登录成功，4 已取消' }),
  loginInfo: Type.Unsafe<LoginInfo | null>({ ...loginInfo, type: ['object', 'null'] }),
})

interface LoginInfo {
  uin: number
  wxid: string
  nickName: string
  mobile: string
  alias: string
}

export const dialogReply = Type.Object({ appId: text('设备ID'), uuid: text('本次登录的标识') })

export const contactsReply = Type.Object({
  friends: Type.Array(Type.String(), { description: '好友的wxid' }),
  chatrooms: Type.Array(Type.String(), { description: '群ID' }),
  ghs: Type.Array(Type.String(), { description: '公众号ID' }),
})

export const infoRequest = (maxItems: number) =>
  Type.Object({ appId, wxids: Type.Array(wxid('好友或群的ID'), { minItems: 1, maxItems }) })

/** Strings where strict clients want strings, null where the documents say null (contract 2.8). */
export const contactInfo = Type.Object({
  userName: text('wxid或群ID'),
  nickName: text('昵称'),
  pyInitial: text('昵称拼音首字母'),
  quanPin: text('昵称全拼'),
  sex: Type.Integer({ description: '性别' }),
  remark: text('备注'),
  remarkPyInitial: text('备注拼音首字母'),
  remarkQuanPin: text('备注全拼'),
  signature: nullable('签名'),
  alias: text('微信号'),
  snsBgImg: nullable('朋友圈背景图'),
  country: text('国家'),
  bigHeadImgUrl: text('大头像'),
  smallHeadImgUrl: text('小头像'),
  description: nullable('描述'),
  cardImgUrl: nullable('描述的图片'),
  labelList: text('标签'),
  province: text('省份'),
  city: text('城市'),
  phoneNumList: nullable('手机号'),
})
export const contactList = Type.Array(contactInfo)

export const createChatroomRequest = Type.Object({
  appId,
  wxids: Type.Optional(Type.Array(wxid('成员的wxid'), { maxItems: 500, description: '成员，至少两个' })),
  wxid: Type.Optional(
    Type.Array(wxid('成员的wxid'), { maxItems: 500, description: '同 wxids，旧客户端的写法' }),
  ),
})
export const createChatroomReply = Type.Object({ headImgBase64: text('群头像'), chatroomId: text('群ID') })

export const chatroomRequest = Type.Object({ appId, chatroomId: wxid('群ID') })

const member = Type.Object({
  wxid: text('成员的wxid'),
  nickName: text('成员的昵称'),
  inviterUserName: nullable('邀请人'),
  memberFlag: Type.Integer(),
  displayName: nullable('群内昵称'),
  bigHeadImgUrl: nullable('大头像'),
  smallHeadImgUrl: nullable('小头像'),
})

export const chatroomReply = Type.Object({
  chatroomId: text('群ID'),
  nickName: text('群名'),
  pyInitial: text('群名拼音首字母'),
  quanPin: text('群名全拼'),
  sex: Type.Integer(),
  remark: text('备注'),
  remarkPyInitial: text('备注拼音首字母'),
  remarkQuanPin: text('备注全拼'),
  chatRoomNotify: Type.Integer({ description: '消息免打扰' }),
  chatRoomOwner: text('群主'),
  smallHeadImgUrl: text('群头像'),
  memberList: Type.Array(member),
})

export const memberListReply = Type.Object({
  memberList: Type.Array(member),
  chatroomOwner: nullable('群主'),
  adminWxid: Type.Null({ description: '管理员' }),
})

export const profileReply = Type.Object({
  alias: text('微信号'),
  wxid: text('微信ID'),
  nickName: text('昵称'),
  mobile: text('手机号'),
  uin: Type.Integer(),
  sex: Type.Integer(),
  province: text('省份'),
  city: text('城市'),
  signature: text('签名'),
  country: text('国家'),
  bigHeadImgUrl: text('大头像'),
  smallHeadImgUrl: text('小头像'),
  regCountry: text('注册国家'),
  snsBgImg: text('朋友圈背景图'),
})
