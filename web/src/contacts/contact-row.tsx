import type { ContactView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Avatar } from '../ui/avatar.tsx'
import './contacts.css'

/** Who a contact is, for a row that can be chosen. */
export function ContactRow({ contact: { wxid, nickName, chatroom } }: { contact: ContactView }) {
  const { t } = useLanguage()
  return (
    <>
      <Avatar name={nickName || wxid} seed={wxid} />
      <span className="contact-name">
        {nickName || wxid}{' '}
        <small>
          {wxid}
          {chatroom && ` · ${t('contactChatroom')}`}
        </small>
      </span>
    </>
  )
}
