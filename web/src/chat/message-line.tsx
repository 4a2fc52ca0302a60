import { memo } from 'react'
import type { MessageView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Bubble } from './bubble.tsx'
import { guessHeight } from './guess-height.ts'
import { Icon } from './icons.tsx'
import { useMoment } from './moment.ts'
import { SentState } from './sent-state.tsx'
import { summaryOf, withdrawnOf } from './summary.ts'

interface MessageLineProps {
  readonly appId: string
  readonly message: MessageView
  /** Whether its time stands above it. */
  readonly marked: boolean
  /** Whether its sender is named for all to see. */
  readonly named: boolean
  readonly onMenu: (message: MessageView, opener: HTMLElement) => void
}

/** One message. Drawn anew only when it changes: its properties are the same objects otherwise. */
export const MessageLine = memo(function MessageLine(props: MessageLineProps) {
  const { message, marked } = props
  const moment = useMoment()
  const isGrey = message.state === 'revoked' || message.kind === 'notice'
  return (
    <li
      className="chat-line"
      data-id={message.newMsgId}
      style={{ containIntrinsicSize: `auto ${guessHeight(message, marked)}px` }}
    >
      {marked && (
        <p className="chat-mark">
          <time dateTime={new Date(message.createdAt).toISOString()}>{moment(message.createdAt)}</time>
        </p>
      )}
      {isGrey ? <GreyLine message={message} /> : <Said {...props} />}
    </li>
  )
})

function GreyLine({ message }: { message: MessageView }) {
  const { t } = useLanguage()
  return (
    <p className="chat-grey" dir="auto">
      {message.state === 'revoked' ? withdrawnOf(t, message) : message.text}
    </p>
  )
}

function Said({ appId, message, named, onMenu }: MessageLineProps) {
  const { t } = useLanguage()
  const isOwn = message.direction === 'out'
  const isBare = message.media?.kind === 'image' || message.media?.kind === 'video'
  return (
    <div className={isOwn ? 'chat-said chat-said-out' : 'chat-said'}>
      <Avatar name={message.senderName} seed={message.senderWxid} />
      <div className="chat-column">
        <p className={named && !isOwn ? 'chat-sender' : 'hy-hidden'}>
          {isOwn ? t('chatYou') : message.senderName}
        </p>
        <div className="chat-beside">
          <div className={isBare ? 'chat-bubble chat-bubble-bare' : 'chat-bubble'}>
            <Bubble appId={appId} message={message} />
          </div>
          <button
            type="button"
            className="chat-more"
            aria-haspopup="menu"
            aria-label={t('chatMenu', { text: summaryOf(t, message).slice(0, 40) })}
            onClick={(event) => onMenu(message, event.currentTarget)}
          >
            <Icon name="more" />
          </button>
        </div>
        {isOwn && <SentState message={message} />}
      </div>
    </div>
  )
}
