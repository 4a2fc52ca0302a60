import { type ReactNode, useMemo, useRef } from 'react'
import type { DeviceView, MessageView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Icon } from './icons.tsx'
import { KeepPlace } from './keep-place.tsx'
import { useMessageActions } from './message-actions.tsx'
import { MessageLine } from './message-line.tsx'
import { isMarked } from './moment.ts'
import type { Followed } from './use-follower.ts'
import { goHome, useBottom, useGrowth, useNear } from './use-scroll.ts'

interface MessageLogProps {
  readonly device: DeviceView
  readonly chatroom: boolean
  readonly messages: readonly MessageView[]
  /** Whether there are older ones. */
  readonly more: boolean
  readonly older: Followed<MessageView>['older']
  /** What stands below the messages. */
  readonly children: ReactNode
}

/** The messages of a chat, the newest at the bottom, where it begins and stays until one scrolls away. */
export function MessageLog({ device, chatroom, messages, more, older, children }: MessageLogProps) {
  const { t } = useLanguage()
  const scroller = useRef<HTMLElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const ids = useMemo(() => messages.map(({ newMsgId }) => newMsgId), [messages])
  const bottom = useBottom(scroller, ids)
  const top = useNear(scroller, older.load, messages.length)
  const below = useGrowth(bottom.toBottom)
  const [onMenu, menu] = useMessageActions(device)
  return (
    <div className="chat-log">
      <section
        className="chat-scroller"
        ref={scroller}
        aria-label={t('chatMessages')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
        tabIndex={0}
        onScroll={bottom.onScroll}
        onKeyDown={goHome}
      >
        <div className="chat-lines">
          {older.error !== undefined ? (
            <ErrorNotice error={older.error} onRetry={older.load} />
          ) : (
            more && (
              <div className="chat-older" ref={top}>
                {t('chatOlder')}
              </div>
            )
          )}
          {messages.length === 0 && <p className="chat-grey">{t('chatEmpty')}</p>}
          <KeepPlace scroller={scroller} list={list}>
            <ol className="chat-list" ref={list}>
              {messages.map((message, at) => (
                <MessageLine
                  key={message.newMsgId}
                  appId={device.appId}
                  message={message}
                  marked={isMarked(message.createdAt, messages[at - 1]?.createdAt)}
                  named={chatroom}
                  onMenu={onMenu}
                />
              ))}
            </ol>
          </KeepPlace>
          <div ref={below}>{children}</div>
        </div>
      </section>
      {!bottom.isBottom && (
        <Button
          small
          className="chat-to-bottom"
          aria-label={bottom.unseen > 0 ? undefined : t('chatToBottom')}
          onClick={bottom.toBottom}
        >
          <Icon name="down" />
          {bottom.unseen > 0 && t('chatUnseen', { count: bottom.unseen })}
        </Button>
      )}
      {menu}
    </div>
  )
}
