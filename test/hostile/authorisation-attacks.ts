import type { Ids } from './authorisation-rig.ts'

/** The body of a call by a token with the ids of `own`, to what belongs to whoever has the ids of `of`. */
export type Attack = (of: Ids, own: Ids) => Record<string, unknown>

const device: Attack = ({ appId }) => ({ appId })
const deviceInLogin: Attack = ({ newAppId }) => ({ appId: newAppId })
const chatroom: readonly Attack[] = [
  ({ appId, chatroomId }) => ({ appId, chatroomId }),
  ({ chatroomId }, { appId }) => ({ appId, chatroomId }),
  ({ appId }, { chatroomId }) => ({ appId, chatroomId }),
]
const contacts: readonly Attack[] = [
  ({ appId, wxid }) => ({ appId, wxids: [wxid] }),
  ({ appId }, { friendWxid }) => ({ appId, wxids: [friendWxid] }),
  ({ wxid, friendWxid, chatroomId }, { appId }) => ({ appId, wxids: [wxid, friendWxid, chatroomId] }),
]

/** A send as their device, and one as the own device to whom only theirs can write. */
const sends = (body: Attack): readonly Attack[] => [
  (of, own) => ({ ...body(of, own), appId: of.appId, toWxid: own.friendWxid }),
  (of, own) => ({ ...body(of, own), appId: of.appId, toWxid: of.friendWxid }),
  (of, own) => ({ ...body(of, own), appId: own.appId, toWxid: of.wxid }),
  (of, own) => ({ ...body(of, own), appId: own.appId, toWxid: of.friendWxid }),
  (of, own) => ({ ...body(of, own), appId: own.appId, toWxid: of.chatroomId }),
]

const nowhere = 'http://127.0.0.1:1/'
type Kind = 'video' | 'image' | 'file'

/** Their file by the own device, and the own file by theirs. */
const forwards = (kind: Kind): readonly Attack[] => [
  (of, own) => ({ appId: own.appId, toWxid: own.friendWxid, xml: of[kind].xml }),
  (of, own) => ({
    appId: own.appId,
    toWxid: own.friendWxid,
    xml: of[kind].xml.replaceAll(of[kind].aesKey, own[kind].aesKey),
  }),
  ...sends((_of, own) => ({ xml: own[kind].xml })),
]
const downloads = (kind: Kind): readonly Attack[] => [
  (of) => ({ appId: of.appId, xml: of[kind].xml }),
  (of, own) => ({ appId: own.appId, xml: of[kind].xml }),
  (of, own) => ({ appId: own.appId, xml: of[kind].xml.replaceAll(of[kind].aesKey, own[kind].aesKey) }),
  (of, own) => ({ appId: of.appId, xml: own[kind].xml }),
]
const cdn = (kind: Kind, type: string): readonly Attack[] => [
  (of) => ({ appId: of.appId, fileId: of[kind].fileId, aesKey: of[kind].aesKey, type }),
  (of, own) => ({ appId: own.appId, fileId: of[kind].fileId, aesKey: of[kind].aesKey, type }),
  (of, own) => ({ appId: own.appId, fileId: of[kind].fileId, aesKey: own[kind].aesKey, type }),
  (of, own) => ({ appId: of.appId, fileId: own[kind].fileId, aesKey: own[kind].aesKey, type }),
]
const revokes = (body: Attack): readonly Attack[] => [
  (of, own) => ({ ...body(of, own), appId: of.appId, toWxid: of.friendWxid }),
  (of, own) => ({ ...body(of, own), appId: own.appId, toWxid: of.friendWxid }),
  (of, own) => ({ ...body(of, own), appId: own.appId, toWxid: own.friendWxid }),
]

/**
 * What each route is asked with another's ids. A route without any takes nobody's id: what it is asked with is its own
 * caller's, and the replies and rows of these are looked at one by one in the tests.
 */
export const attacks: Readonly<Record<string, readonly Attack[]>> = {
  'POST /login/getLoginQrCode': [device, deviceInLogin],
  'POST /login/checkLogin': [
    ({ newAppId, uuid }) => ({ appId: newAppId, uuid }),
    ({ uuid }, { newAppId }) => ({ appId: newAppId, uuid }),
    ({ newAppId }, { uuid }) => ({ appId: newAppId, uuid }),
    ({ appId, uuid }) => ({ appId, uuid }),
  ],
  'POST /login/dialogLogin': [device, deviceInLogin],
  'POST /login/checkOnline': [device, deviceInLogin],
  'POST /login/reconnection': [device, deviceInLogin],
  'POST /login/logout': [device, deviceInLogin],
  'POST /login/deviceList': [],
  'POST /login/setCallback': [],
  'POST /tools/setCallback': [],
  'POST /tools/getTokenId': [],
  'POST /tools/uploadFile': [],
  'POST /contacts/fetchContactsList': [device],
  'POST /contacts/fetchContactsListCache': [device],
  'POST /contacts/getBriefInfo': contacts,
  'POST /contacts/getDetailInfo': contacts,
  'POST /group/createChatroom': [
    ({ appId, wxid, friendWxid }) => ({ appId, wxids: [wxid, friendWxid] }),
    ({ wxid }, { appId, friendWxid }) => ({ appId, wxids: [friendWxid, wxid] }),
    ({ wxid, friendWxid }, { appId }) => ({ appId, wxid: [wxid, friendWxid] }),
    ({ appId }, { wxid, friendWxid }) => ({ appId, wxids: [wxid, friendWxid] }),
  ],
  'POST /group/getChatroomInfo': chatroom,
  'POST /group/getChatroomMemberList': chatroom,
  'POST /personal/getProfile': [device],
  'POST /message/postText': sends(() => ({ content: 'hello' })),
  'POST /message/postImage': sends(() => ({ imgUrl: nowhere })),
  'POST /message/postFile': sends(() => ({ fileUrl: nowhere, fileName: 'a' })),
  'POST /message/postVideo': sends(() => ({ videoUrl: nowhere, thumbUrl: '', videoDuration: 1 })),
  'POST /message/forwardVideo': forwards('video'),
  'POST /message/forwardImage': forwards('image'),
  'POST /message/forwardFile': forwards('file'),
  'POST /message/revokeMsg': [
    ...revokes(({ video: { msgId, newMsgId } }) => ({ msgId, newMsgId })),
    ...revokes(({ words: { newMsgId } }) => ({ newMsgId })),
    ...revokes(({ video: { msgId } }) => ({ msgid: String(msgId) })),
    ...revokes(({ video: { newMsgId } }) => ({ newMsgId: String(newMsgId) })),
  ],
  'POST /message/cancelSend': [({ key }) => ({ idempotencyKey: key })],
  'POST /message/getMsgState': [
    ({ appId, words: { newMsgId } }) => ({ appId, newMsgId }),
    ({ words: { newMsgId } }, { appId }) => ({ appId, newMsgId }),
    ({ appId }, { words: { newMsgId } }) => ({ appId, newMsgId: String(newMsgId) }),
  ],
  'POST /message/downloadVideo': downloads('video'),
  'POST /message/downloadImage': [
    ...downloads('image'),
    (of, own) => ({ appId: own.appId, xml: of.image.xml, type: 3 }),
  ],
  'POST /message/downloadVoice': [
    (of) => ({ appId: of.appId, xml: voiceOf(of) }),
    (of, own) => ({ appId: own.appId, xml: voiceOf(of) }),
  ],
  'POST /message/downloadFile': downloads('file'),
  'POST /message/downloadCdn': [
    ...cdn('video', '4'),
    ...cdn('video', '3'),
    ...cdn('image', '2'),
    ...cdn('file', '5'),
    // A type that this file has not: the answer must not depend on there being a file.
    ...cdn('video', '5'),
  ],
  'POST /console/devices': [],
  'POST /console/renameDevice': [
    ({ appId }) => ({ appId, nickName: 'mine now' }),
    ({ newAppId }) => ({ appId: newAppId, nickName: 'mine now' }),
  ],
  'POST /console/conversations': [
    device,
    (of) => ({ appId: of.appId, before: of.words.newMsgId + 1, limit: 1 }),
  ],
  'POST /console/messages': [
    ({ appId, friendWxid }) => ({ appId, peer: friendWxid }),
    ({ friendWxid }, { appId }) => ({ appId, peer: friendWxid }),
    ({ appId }, { friendWxid }) => ({ appId, peer: friendWxid }),
    ({ chatroomId }, { appId }) => ({ appId, peer: chatroomId }),
  ],
  'POST /console/contacts': [device],
  'POST /console/events': [],
  'POST /console/event': [({ eventId }) => ({ id: eventId })],
  'POST /console/sendAgain': [({ eventId }) => ({ id: eventId })],
  'POST /console/setCallback': [],
  'POST /console/signIn': [],
  'POST /console/session': [],
  'POST /console/signOut': [],
}

const voiceOf = ({ video: { fileId, aesKey } }: Ids) =>
  `<msg><voicemsg voiceurl="${fileId}" aeskey="${aesKey}" length="1" voicelength="1000"/></msg>`

/** Routes that are no `POST` with a body, with the names of the tests that look at them, or why none needs to. */
export const others: readonly { readonly route: RegExp; readonly why: string }[] = [
  { route: /^(GET|HEAD) \/live$/, why: 'the feed of the caller, see the tests of it' },
  { route: /^(GET|HEAD) \/console\/media\/:appId\/:newMsgId\/:part$/, why: 'see the tests of it' },
  { route: /^(GET|HEAD) \/download(\/\*)?$/, why: 'by signed link, whoever has it; see the tests of it' },
  { route: /^(GET|HEAD) \/(healthz|readyz|metrics)?$/, why: 'for the operator: takes no id, knows no token' },
  { route: /^(GET|HEAD) \/(docs($|\/)|openapi\.json$)/, why: 'the same for everybody' },
  { route: /^\w+ \/console(\/\*)?$/, why: 'hands over to the routes of the console, and is its pages' },
  {
    route: /^(GET|HEAD) \/console\/(assets\/|index\.html)/,
    why: 'files of the pages, the same for everybody',
  },
]
