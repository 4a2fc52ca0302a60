import type { Page } from 'playwright-core'
import type { Pair } from './world.ts'

/** A chatroom and a chat with something of each kind, an event that is owed, and a device that is offline. */
export async function furnish({ gateway, origin, receiver, swan, goose, say, named }: Pair): Promise<void> {
  receiver.answers.push(...Array<number>(50).fill(503))
  await gateway.post('/tools/setCallback', { token: '', callbackUrl: receiver.url })
  const crane = await named('Crane')
  const room = await gateway.post<{ chatroomId: string }>('/group/createChatroom', {
    appId: swan.appId,
    wxids: [goose.wxid, crane.wxid],
  })
  await say(goose, room.data.chatroomId, 'in the room')
  const slip = await say(swan, goose.wxid, 'a slip')
  await gateway.post('/message/revokeMsg', { appId: swan.appId, toWxid: goose.wxid, newMsgId: slip })
  await say(goose, swan.wxid, 'a-word-without-any-place-to-break-'.repeat(12))
  await say(goose, swan.wxid, 'a word')
  const to = { appId: swan.appId, toWxid: goose.wxid }
  const video = { videoUrl: `${origin.url}/film.mp4`, thumbUrl: '', videoDuration: 0 }
  await gateway.post('/message/postVideo', { ...to, ...video })
  await gateway.post('/message/postImage', { ...to, imgUrl: `${origin.url}/thumb.jpg` })
  await gateway.post('/message/postFile', {
    ...to,
    fileUrl: `${origin.url}/film.mp4`,
    fileName: `${'long'.repeat(40)}.mp4`,
  })
  await gateway.post('/login/logout', { appId: crane.appId })
  await say(swan, crane.wxid, 'you are offline')
}

export const locales = ['zh-CN', 'en-US'] as const

/** Words of the page in its language. */
export const words =
  (locale: 'zh-CN' | 'en-US') =>
  (zh: string, en: string): string =>
    locale === 'zh-CN' ? zh : en

/** Leaves a dialog as Escape does. */
export async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}
