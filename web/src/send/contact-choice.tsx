import { useId } from 'react'
import type { ContactView } from '../../../src/console/schema.ts'
import { ContactRow } from '../contacts/contact-row.tsx'
import { ContactSearch } from '../contacts/contact-search.tsx'
import { useLanguage } from '../i18n/language.tsx'

interface ContactChoiceProps {
  readonly appId: string
  readonly chosen: ContactView | undefined
  readonly onChoose: (contact: ContactView) => void
}

/** Everybody that a device can write to, one of whom is chosen. */
export function ContactChoice({ appId, chosen, onChoose }: ContactChoiceProps) {
  const { t } = useLanguage()
  const group = useId()
  return (
    <ContactSearch appId={appId}>
      {(contacts) => (
        <fieldset className="send-contacts">
          <legend className="hy-hidden">{t('sendForwardTitle')}</legend>
          {contacts.map((contact) => (
            <label key={contact.wxid} className="send-contact">
              <input
                type="radio"
                name={group}
                checked={chosen?.wxid === contact.wxid}
                onChange={() => onChoose(contact)}
              />
              <ContactRow contact={contact} />
            </label>
          ))}
        </fieldset>
      )}
    </ContactSearch>
  )
}
