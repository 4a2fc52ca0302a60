import { type ReactNode, useState } from 'react'
import type { ContactView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { TextField } from '../ui/text-field.tsx'
import { useContacts } from './use-contacts.ts'
import './contacts.css'

/** So many are shown at once; the search finds the others. */
const SHOWN = 200

interface ContactSearchProps {
  readonly appId: string
  /** Shows those that match. */
  readonly children: (matching: readonly ContactView[]) => ReactNode
}

/** Everybody that a device can write to, or those whose name or wxid has what is typed. */
export function ContactSearch({ appId, children }: ContactSearchProps) {
  const { t } = useLanguage()
  const [typed, setTyped] = useState('')
  const { data, error, refetch } = useContacts(appId)
  const wanted = typed.trim().toLowerCase()
  const matching = data?.filter(({ nickName, wxid }) => `${nickName}\n${wxid}`.toLowerCase().includes(wanted))
  return (
    <>
      <TextField
        label={t('contactSearch')}
        type="search"
        autoComplete="off"
        value={typed}
        onChange={setTyped}
      />
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Spinner label={t('loading')} />}
      <p className="contact-none" role="status">
        {data?.length === 0 ? t('contactNone') : matching?.length === 0 ? t('contactNoMatch') : ''}
      </p>
      {matching && matching.length > 0 && children(matching.slice(0, SHOWN))}
    </>
  )
}
