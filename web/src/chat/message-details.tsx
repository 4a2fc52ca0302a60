import type { MessageView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useFormat } from '../ui/format.ts'

/** What programs need to know of a message, to copy. */
export function MessageDetails({ message, onClose }: { message: MessageView; onClose: () => void }) {
  const { t } = useLanguage()
  const { dateTime } = useFormat()
  const ids = [
    { name: 'newMsgId', value: String(message.newMsgId) },
    { name: 'msgId', value: String(message.msgId) },
    { name: 'fileId', value: message.media?.fileId ?? '' },
    { name: 'xml', value: message.xml },
  ].filter(({ value }) => value !== '')
  return (
    <Dialog title={t('chatDetailsTitle')} onClose={onClose}>
      <dl className="chat-details">
        <dt>{t('chatTime')}</dt>
        <dd>{dateTime(message.createdAt)}</dd>
        <dt>{t('chatSender')}</dt>
        <dd>
          {message.senderName} <small>{message.senderWxid}</small>
        </dd>
        {ids.map(({ name, value }) => (
          <div className="chat-fact" key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
              <CopyButton text={value} label={t('chatCopyOf', { name })} />
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
