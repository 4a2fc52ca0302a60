import { useLocation } from 'wouter'
import { ContactRow } from '../contacts/contact-row.tsx'
import { ContactSearch } from '../contacts/contact-search.tsx'
import { useLanguage } from '../i18n/language.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { chatPath } from './chat-path.ts'

/** Chooses whom to write to. */
export function NewConversation({ appId, onClose }: { appId: string; onClose: () => void }) {
  const { t } = useLanguage()
  const [, navigate] = useLocation()
  return (
    <Dialog title={t('chatNew')} onClose={onClose}>
      <ContactSearch appId={appId}>
        {(contacts) => (
          <ul className="chat-contacts">
            {contacts.map((contact) => (
              <li key={contact.wxid}>
                <button
                  type="button"
                  className="chat-contact"
                  onClick={() => {
                    onClose()
                    navigate(chatPath(appId, contact.wxid))
                  }}
                >
                  <ContactRow contact={contact} />
                </button>
              </li>
            ))}
          </ul>
        )}
      </ContactSearch>
    </Dialog>
  )
}
