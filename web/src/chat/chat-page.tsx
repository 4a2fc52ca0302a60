import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { DeviceView } from '../../../src/console/schema.ts'
import { useContacts } from '../contacts/use-contacts.ts'
import { stateWord } from '../devices/device-state.ts'
import { useDevice } from '../devices/use-devices.ts'
import { useLanguage } from '../i18n/language.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Notice } from '../ui/notice.tsx'
import { usePageTitle } from '../ui/page-title.ts'
import { Spinner } from '../ui/spinner.tsx'
import './bubble.css'
import { CHAT_NAME_ID, Chat } from './chat.tsx'
import { chatPath } from './chat-path.ts'
import './chat.css'
import './conversations.css'
import './media.css'
import { ConversationList, conversationId } from './conversation-list.tsx'
import { Icon } from './icons.tsx'
import { NewConversation } from './new-conversation.tsx'
import { useConversations } from './queries.ts'

/** The conversations of a device, and the one that is open. */
export function ChatPage({ appId, peer }: { appId: string; peer: string | undefined }) {
  const { t } = useLanguage()
  const { data: device, error, refetch } = useDevice(appId)
  if (device) return <DeviceChats device={device} peer={peer} />
  return (
    <div className="shell-page">
      <h1>{t('chatTitle')}</h1>
      {device === undefined && !error && <Spinner label={t('loading')} />}
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {device === null && (
        <Notice kind="error">
          {t('chatNoDevice')} <code>{appId}</code>. <Link href="/devices">{t('chatDevices')}</Link>
        </Notice>
      )}
    </div>
  )
}

function DeviceChats({ device, peer }: { device: DeviceView; peer: string | undefined }) {
  const { t } = useLanguage()
  const { appId } = device
  const conversations = useConversations(appId)
  const open = useOpen(device, peer, conversations.query.data?.rows)
  const [isChoosing, setChoosing] = useState(false)
  useKeptFocus(peer)
  const deviceName = device.nickName || appId
  usePageTitle(open ? open.name : `${t('chatTitle')} ${deviceName}`)
  return (
    <div className={open ? 'chat-page chat-page-open' : 'chat-page'}>
      <h1 className="hy-hidden">
        {t('chatTitle')} {deviceName}
      </h1>
      <nav className="chat-side" aria-label={t('chatConversations')}>
        <header className="chat-side-head">
          <div className="chat-device">
            <h2 className="chat-device-name">{deviceName}</h2>
            <p className="chat-device-state" data-state={device.state}>
              {t(stateWord(device.state))}
              {device.state !== 'online' && (
                <>
                  {' · '}
                  <Link href="/devices">{t('chatDevices')}</Link>
                </>
              )}
            </p>
          </div>
          <button
            type="button"
            className="chat-new"
            aria-haspopup="dialog"
            aria-label={t('chatNew')}
            title={t('chatNew')}
            onClick={() => setChoosing(true)}
          >
            <Icon name="plus" />
          </button>
        </header>
        <ConversationList appId={appId} peer={peer} followed={conversations} />
      </nav>
      {open ? (
        <Chat key={chatPath(appId, open.peer)} device={device} {...open} />
      ) : (
        <p className="chat-choose">{t('chatChoose')}</p>
      )}
      {isChoosing && <NewConversation appId={appId} onClose={() => setChoosing(false)} />}
    </div>
  )
}

/** The open conversation and its name: from the list, or, where it is not in it yet, from the contacts. */
function useOpen(
  { appId }: DeviceView,
  peer: string | undefined,
  rows: readonly { peer: string; nickName: string; chatroom: boolean }[] | undefined,
) {
  const listed = rows?.find((row) => row.peer === peer)
  const contacts = useContacts(appId, peer !== undefined && rows !== undefined && !listed)
  if (peer === undefined) return undefined
  const known = listed ?? contacts.data?.find(({ wxid }) => wxid === peer)
  return { peer, name: known?.nickName || peer, chatroom: known?.chatroom ?? peer.endsWith('@chatroom') }
}

/**
 * A phone shows the list or the chat, so that the link which was followed is gone. The focus then moves to the chat's
 * name, and back to the conversation's link.
 */
function useKeptFocus(peer: string | undefined): void {
  const before = useRef(peer)
  useEffect(() => {
    const left = before.current
    before.current = peer
    const focused = document.activeElement
    const isLost = focused === document.body || focused?.checkVisibility() === false
    if (left === peer || !isLost) return
    const id = peer === undefined ? conversationId(left ?? '') : CHAT_NAME_ID
    document.getElementById(id)?.focus()
  }, [peer])
}
