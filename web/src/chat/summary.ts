import type { MessageView } from '../../../src/console/schema.ts'
import { kindWords } from '../i18n/kind-words.ts'
import type { Translate } from '../i18n/language.tsx'

/** A message in one line, without its sender. */
export function summaryOf(t: Translate, message: MessageView): string {
  if (message.state === 'revoked') return withdrawnOf(t, message)
  const { kind, text } = message
  if (kind === 'text' || kind === 'quote' || kind === 'notice' || kind === 'other') return oneLine(text)
  return oneLine(`${t('chatBracketed', { kind: t(kindWords[kind]) })} ${text}`)
}

/** The same with its sender in front, where it is not plain from the conversation who that is. */
export function namedSummaryOf(t: Translate, message: MessageView, chatroom: boolean): string {
  const text = summaryOf(t, message)
  const isNotice = message.state === 'revoked' || message.kind === 'notice'
  if (!chatroom || isNotice || message.direction === 'out') return text
  return t('chatFrom', { name: message.senderName, text })
}

export function withdrawnOf(t: Translate, { direction, senderName }: MessageView): string {
  return direction === 'out' ? t('chatYouWithdrew') : t('chatWithdrew', { name: senderName })
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
