import type { Channel } from '../channels/channel.ts'
import { type Database, statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import { FILE_HELPER, isChatroomId, isNamed, newChatroomId, uinOf } from './device.ts'
import { pinyinOf } from './pinyin.ts'
import { findContacts, findMembers, listDevices, onlineDevice } from './queries.ts'

const FEWEST_MEMBERS = 2

export type Contacts = ReturnType<typeof createContacts>

interface ContactsDeps {
  readonly database: Database
  readonly channels: ReadonlyMap<string, Channel>
}

/** Whom a device can speak to, in the contract's shapes (2.8, 2.9, 2.10). */
export function createContacts({ database, channels }: ContactsDeps) {
  const isRemote = ({ channel }: { channel: string }) => channels.get(channel)?.kind === 'remote'
  /** Whom the device can write to: people who wrote to it, or every other device of the token that has a name. */
  const friendsOf = async (tokenId: string, of: { app_id: string; channel: string }) => {
    if (isRemote(of)) return findContacts(database, of.app_id)
    const devices = (await listDevices(database, tokenId)).filter(isNamed)
    return devices.filter(({ app_id, channel }) => app_id !== of.app_id && channel === of.channel)
  }
  const chatroomsOf = (tokenId: string, wxid: string) =>
    database.sql
      .selectFrom('chatrooms')
      .innerJoin('chatroom_members', 'chatroom_members.chatroom_id', 'chatrooms.chatroom_id')
      .selectAll('chatrooms')
      .where('chatrooms.token_id', '=', tokenId)
      .where('chatroom_members.wxid', '=', wxid)
      .orderBy('chatrooms.created_at')
      .execute()

  const chatroomOf = async (tokenId: string, wxid: string, chatroomId: string) =>
    (await chatroomsOf(tokenId, wxid)).find((chatroom) => chatroom.chatroom_id === chatroomId)

  return {
    async list(tokenId: string, appId: string) {
      const device = await onlineDevice(database, tokenId, appId)
      const friends = await friendsOf(tokenId, device)
      const chatrooms = await chatroomsOf(tokenId, device.wxid)
      return {
        friends: [...friends.map(({ wxid }) => wxid), ...(isRemote(device) ? [] : [FILE_HELPER])],
        chatrooms: chatrooms.map((chatroom) => chatroom.chatroom_id),
        ghs: [],
      }
    },

    /** What is known of each; ids that the device cannot reach are left out. */
    async info(tokenId: string, appId: string, wxids: readonly string[]) {
      const device = await onlineDevice(database, tokenId, appId)
      const friends = [device, ...(await friendsOf(tokenId, device))]
      const chatrooms = wxids.some(isChatroomId) ? await chatroomsOf(tokenId, device.wxid) : []
      const helper: [string, string][] = isRemote(device) ? [] : [[FILE_HELPER, '文件传输助手']]
      const names = new Map<string, string>([
        ...friends.map(({ wxid, nick_name }) => [wxid, nick_name] as const),
        ...chatrooms.map(({ chatroom_id, nick_name }) => [chatroom_id, nick_name] as const),
        ...helper,
      ])
      const found = wxids.flatMap((wxid) => {
        const nickName = names.get(wxid)
        return nickName === undefined ? [] : [{ wxid, nickName }]
      })
      return Promise.all(found.map(({ wxid, nickName }) => contactInfo(wxid, nickName)))
    },

    /** A chatroom of the device with `wxids`; itself counts among them and need not be named. */
    async createChatroom(tokenId: string, appId: string, wxids: readonly string[]) {
      const device = await onlineDevice(database, tokenId, appId)
      if (channels.get(device.channel)?.capabilities.chatrooms === false) {
        throw new GatewayError('channel_unsupported', {
          reason: `此设备所在的 ${device.channel} 通道没有群聊，不能创建群`,
        })
      }
      if (new Set(wxids).size < FEWEST_MEMBERS) {
        throw new GatewayError('members_invalid', { reason: `wxids 至少要有 ${FEWEST_MEMBERS} 个不同的成员` })
      }
      const friends = new Map((await friendsOf(tokenId, device)).map((friend) => [friend.wxid, friend]))
      const strangers = wxids.filter((wxid) => wxid !== device.wxid && !friends.has(wxid))
      if (strangers.length > 0) {
        const named = strangers.slice(0, 10).map((wxid) => wxid.slice(0, 64))
        throw new GatewayError('members_invalid', {
          reason: `wxids 中有此设备找不到的成员：${named.join('、')}；请用 /contacts/fetchContactsList 核对`,
        })
      }
      const members = [...new Set([device.wxid, ...wxids])]
      const chatroomId = newChatroomId()
      const chatroom = {
        chatroom_id: chatroomId,
        token_id: tokenId,
        channel: device.channel,
        owner_wxid: device.wxid,
        nick_name: members
          .map((wxid) => friends.get(wxid)?.nick_name ?? device.nick_name)
          .slice(0, 3)
          .join('、'),
        created_at: Date.now(),
      }
      const rows = members.map((wxid) => ({ chatroom_id: chatroomId, wxid }))
      await database.atomically([
        statement(database.sql.insertInto('chatrooms').values(chatroom)),
        statement(database.sql.insertInto('chatroom_members').values(rows)),
      ])
      return { headImgBase64: '', chatroomId }
    },

    /** An unknown chatroom is told by an empty `chatroomId`: clients read the key without looking at `ret` (contract 2.9). */
    async chatroomInfo(tokenId: string, appId: string, chatroomId: string) {
      const device = await onlineDevice(database, tokenId, appId)
      const chatroom = await chatroomOf(tokenId, device.wxid, chatroomId)
      const nickName = chatroom?.nick_name ?? ''
      return {
        chatroomId: chatroom?.chatroom_id ?? '',
        nickName,
        ...(await pinyinOf(nickName)),
        ...unremarked,
        chatRoomNotify: 1,
        chatRoomOwner: chatroom?.owner_wxid ?? '',
        smallHeadImgUrl: '',
        memberList: chatroom ? (await findMembers(database, tokenId, chatroomId)).map(memberInfo) : [],
      }
    },

    async memberList(tokenId: string, appId: string, chatroomId: string) {
      const device = await onlineDevice(database, tokenId, appId)
      const chatroom = await chatroomOf(tokenId, device.wxid, chatroomId)
      if (!chatroom) {
        const reason = `群 ${chatroomId.slice(0, 64)} 不存在，或此设备不在群里，请用 /contacts/fetchContactsList 核对`
        throw new GatewayError('chatroom_unknown', { reason })
      }
      const memberList = (await findMembers(database, tokenId, chatroomId)).map(memberInfo)
      return { memberList, chatroomOwner: chatroom.owner_wxid, adminWxid: null }
    },

    async profile(tokenId: string, appId: string) {
      const { wxid, nick_name: nickName } = await onlineDevice(database, tokenId, appId)
      return { ...emptyProfile, wxid, nickName, uin: uinOf(wxid) }
    },
  }
}

/** What nobody has noted of a contact or a chatroom. */
const unremarked = { sex: 0, remark: '', remarkPyInitial: '', remarkQuanPin: '' }

const emptyProfile = {
  alias: '',
  mobile: '',
  sex: 0,
  province: '',
  city: '',
  signature: '',
  country: '',
  bigHeadImgUrl: '',
  smallHeadImgUrl: '',
  regCountry: '',
  snsBgImg: '',
}

async function contactInfo(wxid: string, nickName: string) {
  return {
    userName: wxid,
    nickName,
    ...(await pinyinOf(nickName)),
    ...unremarked,
    signature: null,
    alias: '',
    snsBgImg: null,
    country: '',
    bigHeadImgUrl: '',
    smallHeadImgUrl: '',
    description: null,
    cardImgUrl: null,
    labelList: '',
    province: '',
    city: '',
    phoneNumList: null,
  }
}

function memberInfo({ wxid, nick_name }: { wxid: string; nick_name: string }) {
  return {
    wxid,
    nickName: nick_name,
    inviterUserName: null,
    memberFlag: 1,
    displayName: null,
    bigHeadImgUrl: null,
    smallHeadImgUrl: null,
  }
}
