import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal, startWorld, type World } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const invalid = (path: string, body: unknown, says: RegExp) =>
  expectRefusal(world.gateway, () => world.gateway.post(path, body), { code: 'request_invalid', says })

/** In any order. */
const allOf = (...words: string[]) => new RegExp(words.map((word) => `(?=.*${word})`).join(''))

describe('a field that is missing or ill-typed', () => {
  test.each([
    ['/message/postVideo', ['appId', 'toWxid', 'videoUrl', 'thumbUrl', 'videoDuration']],
    ['/message/forwardVideo', ['appId', 'toWxid', 'xml']],
    ['/message/revokeMsg', ['appId', 'toWxid']],
    ['/message/downloadVideo', ['appId', 'xml']],
    ['/message/downloadCdn', ['appId', 'aesKey', 'fileId', 'type']],
    ['/login/checkLogin', ['appId', 'uuid']],
    ['/login/logout', ['appId']],
    ['/contacts/getBriefInfo', ['appId', 'wxids']],
    ['/contacts/getDetailInfo', ['appId', 'wxids']],
    ['/group/getChatroomInfo', ['appId', 'chatroomId']],
    ['/tools/setCallback', ['callbackUrl']],
  ])('%s names every missing field at once', async (path, fields) => {
    await invalid(path, {}, allOf(...fields.map((field) => `缺少 ${field}(?!\\w)`)))
  })

  test('every ill-typed field is named at once, beside what is missing', async () => {
    const body = { appId: 1, toWxid: ['x'], videoUrl: null, videoDuration: true }
    const words = ['appId 应为字符串', 'toWxid 应为字符串', 'videoUrl 应为字符串', 'videoDuration 应为']
    await invalid('/message/postVideo', body, allOf(...words, '缺少 thumbUrl'))
  })

  test('every ill-typed wxid in a list is named', async () => {
    const body = { appId: world.sender.appId, wxids: ['ok', 1, '', null, {}] }
    for (const path of ['/contacts/getBriefInfo', '/group/createChatroom'])
      await invalid(path, body, allOf('wxids.1 应为字符串', 'wxids.2 不能为空', 'wxids.3', 'wxids.4'))
  })

  test('a list that is no list, empty or too long is refused', async () => {
    const { appId } = world.sender
    await invalid('/contacts/getBriefInfo', { appId, wxids: 'wxid_a' }, /wxids 应为数组/)
    await invalid('/contacts/getBriefInfo', { appId, wxids: [] }, /wxids 至少 1 项/)
    await invalid('/contacts/getDetailInfo', { appId, wxids: Array(21).fill('x') }, /wxids 最多 20 项/)
  })

  test.each(['thumbUrl', 'videoDuration'])('postVideo without %s is refused', (field) =>
    invalid('/message/postVideo', world.request({ [field]: undefined }), new RegExp(`缺少 ${field}$`)),
  )

  test('an empty thumbUrl is fine', async () => {
    expect(await world.postVideo({ thumbUrl: '' })).toMatchObject({ ret: 200 })
  })

  test.each(['appId', 'toWxid', 'videoUrl'])('an empty %s is refused', (field) =>
    invalid('/message/postVideo', world.request({ [field]: '' }), new RegExp(`${field} 不能为空`)),
  )

  test.each([
    ['appId', 129],
    ['toWxid', 129],
    ['videoUrl', 8193],
    ['thumbUrl', 8193],
  ])('a %s of %d characters is refused', (field, length) =>
    invalid('/message/postVideo', world.request({ [field]: 'x'.repeat(length) }), /过长，最多/),
  )

  test.each([{ type: '1' }, { type: '5' }, { type: 0 }, { type: 'video' }])(
    'downloadCdn takes no other file than the video and its thumbnail: %j',
    async ({ type }) => {
      const { data } = await world.postVideo()
      const body = { appId: world.sender.appId, fileId: data.fileId, aesKey: data.aesKey, type }
      await invalid('/message/downloadCdn', body, /"4".*"3"/)
    },
  )
})

describe('a number', () => {
  test.each(['10', 65.2, '65.2', ' 10 ', 0, '0', 86400, '010'])('%j is taken', async (videoDuration) => {
    expect(await world.postVideo({ videoDuration })).toMatchObject({ ret: 200 })
  })

  const garbage = ['1e9', '-1', '', ' ', '0x10', '+1', '1.', '.5', '1,5', '１０', 'ten', 'NaN', 'Infinity']
  const wrong = [
    ...garbage,
    -1,
    -0.5,
    true,
    null,
    [],
    [10],
    {},
    1e20,
    '1'.repeat(400),
    '86401',
    '9'.repeat(15),
  ]
  test.each(wrong)('%j is refused as a duration', (videoDuration) =>
    invalid('/message/postVideo', world.request({ videoDuration }), /videoDuration/),
  )

  test('one beyond all numbers is refused', () =>
    invalid(
      '/message/postVideo',
      JSON.stringify(world.request()).replace('"videoDuration":1', '"videoDuration":1e999'),
      /videoDuration/,
    ))

  test.each(['abc', '', null, 'NaN', '-1', 0, 1e300, '9'.repeat(32), true])(
    'an id of a message that is %j finds none',
    async (id) => {
      const { data } = await world.postVideo()
      const body = { appId: world.sender.appId, toWxid: data.toWxid, msgId: id, newMsgId: id }
      const code = typeof id === 'boolean' ? 'request_invalid' : 'message_unknown'
      await expectRefusal(world.gateway, () => world.gateway.post('/message/revokeMsg', body), { code })
    },
  )
})
