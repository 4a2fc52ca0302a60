import type { MessageView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'

/** What became of an own message, where that is not plainly well. */
export function SentState({ message }: { message: MessageView }) {
  const { t } = useLanguage()
  const { state, failure: reason } = message
  switch (state) {
    case 'pending':
      return <p className="chat-state">{t('chatPending')}</p>
    case 'held':
      return <p className="chat-state">{t('chatHeld')}</p>
    case 'accepted':
      return <p className="chat-state">{t('chatAccepted')}</p>
    case 'failed':
      return (
        <div className="chat-state chat-state-failed">
          <p>{t('chatFailed')}</p>
          <p lang="zh-CN">{reason}</p>
        </div>
      )
    case 'unknown':
      return (
        <div className="chat-state chat-state-unknown">
          <p>{t('chatUnknown')}</p>
          <p lang="zh-CN">{reason}</p>
        </div>
      )
    default:
      return null
  }
}
