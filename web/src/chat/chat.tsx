import { useMemo } from 'react'
import { Link } from 'wouter'
import type { DeviceView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Composer } from '../send/composer.tsx'
import { Outbox } from '../send/outbox.tsx'
import { useOutboxIds } from '../send/use-sends.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { Announcer } from './announcer.tsx'
import { chatPath } from './chat-path.ts'
import { Icon } from './icons.tsx'
import { MessageLog } from './message-log.tsx'
import { useMessages } from './queries.ts'

/** Of the heading, which takes the focus when the chat opens over the list. */
export const CHAT_NAME_ID = 'chat-name'

interface ChatProps {
  readonly device: DeviceView
  readonly peer: string
  readonly name: string
  readonly chatroom: boolean
}

/** One conversation: what was said, and where one says more. */
export function Chat({ device, peer, name, chatroom }: ChatProps) {
  const { t } = useLanguage()
  const { appId } = device
  return (
    <section className="chat" aria-labelledby={CHAT_NAME_ID}>
      <header className="chat-head">
        <Link className="chat-back" href={chatPath(appId)} aria-label={t('chatBack')}>
          <Icon name="back" />
        </Link>
        <h2 className="chat-name" id={CHAT_NAME_ID} tabIndex={-1}>
          {name}
        </h2>
      </header>
      <Messages device={device} peer={peer} chatroom={chatroom} />
      <Composer device={device} peer={peer} peerName={name} />
    </section>
  )
}

function Messages({ device, peer, chatroom }: Omit<ChatProps, 'name'>) {
  const { t } = useLanguage()
  const { appId } = device
  const { query, older } = useMessages(appId, peer)
  const { data, error } = query
  const inOutbox = useOutboxIds(appId, peer)
  const messages = useMemo(
    () => data?.rows.filter(({ newMsgId }) => !inOutbox.has(newMsgId)),
    [data, inOutbox],
  )
  const retry = () => void query.refetch()
  if (!data || !messages)
    return (
      <div className="chat-log">
        {error ? <ErrorNotice error={error} onRetry={retry} /> : <Spinner label={t('loading')} />}
      </div>
    )
  return (
    <>
      {error && (
        <div className="chat-outdated">
          <p>{t('chatOutdated')}</p>
          <ErrorNotice error={error} onRetry={retry} />
        </div>
      )}
      <Announcer messages={messages} />
      <MessageLog device={device} chatroom={chatroom} messages={messages} more={data.more} older={older}>
        <Outbox appId={appId} peer={peer} />
      </MessageLog>
    </>
  )
}
