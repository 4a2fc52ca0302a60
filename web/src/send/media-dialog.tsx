import { type FormEvent, useId, useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Notice } from '../ui/notice.tsx'
import type { Draft, MediaKind, Target } from './drafts.ts'
import { FilePicks } from './file-picks.tsx'
import { useLimits } from './limits.ts'
import { draftOfLink, emptyLink } from './link.ts'
import { LinkFields } from './link-fields.tsx'
import { draftOfPick, type Pick, pickOf } from './picks.ts'
import { sends } from './sends.ts'
import './dialogs.css'

interface MediaDialogProps {
  readonly target: Target
  readonly kind: MediaKind
  /** Those that were dropped or pasted; empty where somebody is yet to choose. */
  readonly files: readonly File[]
  readonly onClose: () => void
}

const titles = { video: 'sendVideoTitle', image: 'sendImageTitle', file: 'sendFileTitle' } as const

/** What is to be sent, by URL or from this computer, shown before it leaves. */
export function MediaDialog({ target, kind, files, onClose }: MediaDialogProps) {
  const { t } = useLanguage()
  const form = useId()
  const limits = useLimits()
  const isGiven = files.length > 0
  const [source, setSource] = useState<'url' | 'disk'>(isGiven || kind !== 'video' ? 'disk' : 'url')
  const [link, setLink] = useState(emptyLink)
  const [picks, setPicks] = useState<readonly Pick[]>(() => files.map((file) => pickOf(file)))
  const [isTried, setTried] = useState(false)

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    const drafts: readonly (Draft | undefined)[] =
      source === 'url' ? [draftOfLink(kind, link)] : picks.map(draftOfPick)
    const ready = drafts.filter((draft) => draft !== undefined)
    if (ready.length === 0) return
    if (source === 'disk' && picks.some(({ kind, file }) => file.size > (limits?.[kind] ?? Infinity))) {
      // What is wrong stands beside it.
      event.currentTarget.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
      return
    }
    for (const draft of ready) sends.start(target, draft)
    onClose()
  }

  return (
    <Dialog
      title={t(isGiven ? 'sendFilesTitle' : titles[kind], { name: target.peerName })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" form={form}>
            {t('sendSend')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} noValidate>
        {!isGiven && <SourceChoice source={source} onChange={setSource} />}
        {source === 'url' ? (
          <LinkFields kind={kind} link={link} onChange={setLink} isTried={isTried} />
        ) : (
          <FilePicks kind={kind} picks={picks} onChange={setPicks} />
        )}
        {isTried && source === 'disk' && picks.length === 0 && (
          <Notice kind="error">{t('sendChooseFirst')}</Notice>
        )}
      </form>
    </Dialog>
  )
}

interface SourceChoiceProps {
  readonly source: 'url' | 'disk'
  readonly onChange: (source: 'url' | 'disk') => void
}

function SourceChoice({ source, onChange }: SourceChoiceProps) {
  const { t } = useLanguage()
  const name = useId()
  return (
    <fieldset className="send-sources">
      <legend className="hy-hidden">{t('sendSource')}</legend>
      {(['url', 'disk'] as const).map((each) => (
        <label key={each} className="send-source">
          <input type="radio" name={name} checked={source === each} onChange={() => onChange(each)} />
          {t(each === 'url' ? 'sendByUrl' : 'sendFromDisk')}
        </label>
      ))}
    </fieldset>
  )
}
