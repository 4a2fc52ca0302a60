import { memo, useRef } from 'react'
import { Link } from 'wouter'
import type { ConversationView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { chatPath } from './chat-path.ts'
import { useMoment } from './moment.ts'
import { namedSummaryOf } from './summary.ts'
import type { Followed } from './use-follower.ts'
import { useNear } from './use-scroll.ts'

interface ConversationListProps {
  readonly appId: string
  readonly peer: string | undefined
  readonly followed: Followed<ConversationView>
}

/** Of the link that opens a conversation. */
export const conversationId = (peer: string) => `chat-with-${peer}`

/** The conversations of a device, the newest first. */
export function ConversationList({ appId, peer, followed }: ConversationListProps) {
  const { t } = useLanguage()
  const { query, older } = followed
  const scroller = useRef<HTMLDivElement>(null)
  const { data, error } = query
  const end = useNear(scroller, older.load, data?.rows.length)
  return (
    <div className="chat-conversations" ref={scroller}>
      {error && <ErrorNotice error={error} onRetry={() => void query.refetch()} />}
      {!data && !error && <Spinner label={t('loading')} />}
      {data?.rows.length === 0 && <p className="chat-none">{t('chatNone')}</p>}
      <ul className="chat-conversation-list">
        {data?.rows.toReversed().map((conversation) => (
          <Conversation
            key={conversation.peer}
            appId={appId}
            conversation={conversation}
            isOpen={conversation.peer === peer}
          />
        ))}
      </ul>
      {older.error !== undefined && <ErrorNotice error={older.error} onRetry={older.load} />}
      {data?.more && older.error === undefined && (
        <div className="chat-older" ref={end}>
          {t('loading')}
        </div>
      )}
    </div>
  )
}

interface ConversationProps {
  readonly appId: string
  readonly conversation: ConversationView
  readonly isOpen: boolean
}

const Conversation = memo(function Conversation({ appId, conversation, isOpen }: ConversationProps) {
  const { t } = useLanguage()
  const moment = useMoment()
  const { peer, nickName, chatroom, last } = conversation
  const isLost = last.state === 'failed' || last.state === 'unknown'
  return (
    <li>
      <Link
        id={conversationId(peer)}
        className="chat-conversation"
        href={chatPath(appId, peer)}
        aria-current={isOpen ? 'page' : undefined}
      >
        <Avatar name={nickName || peer} seed={peer} />
        <span className="chat-conversation-facts">
          <span className="chat-conversation-head">
            <span className="chat-conversation-name">{nickName || peer}</span>
            <time className="chat-conversation-time" dateTime={new Date(last.createdAt).toISOString()}>
              {moment(last.createdAt)}
            </time>
          </span>
          <span className="chat-conversation-last">
            {isLost && (
              <span className="chat-lost">
                {t(last.state === 'failed' ? 'chatFailed' : 'chatUnknownShort')}{' '}
              </span>
            )}
            {namedSummaryOf(t, last, chatroom)}
          </span>
        </span>
      </Link>
    </li>
  )
})
