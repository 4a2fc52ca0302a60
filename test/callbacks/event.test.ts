import { describe, expect, it } from 'vitest'
import { addMsg, type MessageFacts, offline } from '../../src/callbacks/event.ts'

const video: MessageFacts = {
  appId: 'wx_AbCdEf0123456789xyz_',
  wxid: 'wxid_bot',
  fromWxid: 'wxid_alice',
  toWxid: 'wxid_bot',
  msgType: 43,
  content: '<?xml version="1.0"?>\n<msg>\n\t<videomsg />\n</msg>\n',
  msgId: 1_040_000_001,
  newMsgId: 1_234_567_890_123_456,
  msgSeq: 640_000_001,
  createdAt: 1_764_000_000_999,
  pushContent: 'Alice : [视频]',
}
const data =
  '{"MsgId":1040000001,"FromUserName":{"string":"wxid_alice"},"ToUserName":{"string":"wxid_bot"},' +
  '"MsgType":43,"Content":{"string":"<?xml version=\\"1.0\\"?>\\n<msg>\\n\\t<videomsg />\\n</msg>\\n"},' +
  '"Status":3,"ImgStatus":1,"ImgBuf":{"iLen":0},"CreateTime":1764000000,' +
  '"MsgSource":"<msgsource>\\n</msgsource>\\n","PushContent":"Alice : [视频]",' +
  '"NewMsgId":1234567890123456,"MsgSeq":640000001}'

describe('addMsg', () => {
  it('writes the capital form key by key as the contract shows it', () => {
    expect(addMsg('capital', video)).toBe(
      `{"TypeName":"AddMsg","Appid":"wx_AbCdEf0123456789xyz_","Wxid":"wxid_bot","Data":${data}}`,
    )
  })

  it('spells only three keys of the envelope small in the lower form', () => {
    expect(addMsg('lower', video)).toBe(
      `{"type_name":"AddMsg","appid":"wx_AbCdEf0123456789xyz_","Wxid":"wxid_bot","data":${data}}`,
    )
  })

  it('writes the flat form with milliseconds and a word for the type', () => {
    expect(JSON.parse(addMsg('flat', video))).toEqual({
      appid: 'wx_AbCdEf0123456789xyz_',
      wxid: 'wxid_bot',
      msgId: 1_040_000_001,
      newMsgId: 1_234_567_890_123_456,
      createTime: 1_764_000_000_999,
      fromUser: 'wxid_alice',
      toUser: 'wxid_bot',
      isSelf: false,
      msgType: 'VIDEO',
      content: video.content,
      pushContent: 'Alice : [视频]',
      msgSource: '<msgsource>\n</msgsource>\n',
    })
  })

  it('leaves PushContent out for a revoke and keeps every other key', () => {
    const revoke = { ...video, msgType: 10_002, pushContent: undefined }
    const keys = Object.keys(JSON.parse(addMsg('capital', revoke)).Data)
    expect(keys).toEqual(Object.keys(JSON.parse(data)).filter((key) => key !== 'PushContent'))
  })

  it.each([
    [1, 1],
    [3, 2],
    [43, 1],
    [47, 2],
    [49, 2],
  ])('gives MsgType %i the ImgStatus %i unless it is told otherwise', (msgType, imgStatus) => {
    expect(JSON.parse(addMsg('capital', { ...video, msgType })).Data.ImgStatus).toBe(imgStatus)
    expect(JSON.parse(addMsg('capital', { ...video, msgType, imgStatus: 0 })).Data.ImgStatus).toBe(0)
  })

  it('takes the status of a notice of the chatroom', () => {
    expect(JSON.parse(addMsg('capital', { ...video, status: 4 })).Data.Status).toBe(4)
  })

  it('names the chatroom in the flat form on either side, and whether the account itself wrote', () => {
    const chatroom = '123456@chatroom'
    const came = JSON.parse(addMsg('flat', { ...video, fromWxid: chatroom }))
    expect(came).toMatchObject({ fromGroup: chatroom, isSelf: false })
    const went = JSON.parse(addMsg('flat', { ...video, fromWxid: 'wxid_bot', toWxid: chatroom }))
    expect(went).toMatchObject({ fromGroup: chatroom, isSelf: true })
  })

  it.each([
    [1, '', 'TEXT'],
    [49, '<msg><appmsg><title>a</title><type>5</type></appmsg></msg>', 'LINK'],
    [49, '<msg><appmsg><type>6</type></appmsg></msg>', 'FILE'],
    [49, '<msg><appmsg><type>57</type></appmsg></msg>', 'QUOTE'],
    [49, '<msg><appmsg><type>2000</type></appmsg></msg>', 'APP_MSG'],
    [49, 'no xml', 'APP_MSG'],
    [10_000, '', 'SYSTEM'],
    [10_002, '<sysmsg type="revokemsg"><revokemsg/></sysmsg>', 'REVOKE_MSG'],
    [10_002, 'wxid_a:\n<sysmsg type="pat"/>', 'PAT_MSG'],
    [10_002, '<sysmsg type="roomtoolstips"/>', 'SYSTEM'],
    [51, '', 'UNKNOWN'],
  ])('calls MsgType %i with %j %s in the flat form', (msgType, content, word) => {
    expect(JSON.parse(addMsg('flat', { ...video, msgType, content })).msgType).toBe(word)
  })
})

describe('offline', () => {
  it('has no data in any form', () => {
    const device = { appId: 'wx_a', wxid: 'wxid_a' }
    expect(offline('capital', device)).toBe('{"TypeName":"Offline","Appid":"wx_a","Wxid":"wxid_a"}')
    expect(offline('lower', device)).toBe('{"type_name":"Offline","appid":"wx_a","Wxid":"wxid_a"}')
    expect(offline('flat', device)).toBe('{"appid":"wx_a","wxid":"wxid_a","state":"LOGOUT"}')
  })
})
