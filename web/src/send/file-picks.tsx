import { useId, useRef } from 'react'
import { kindWords } from '../i18n/kind-words.ts'
import { useLanguage } from '../i18n/language.tsx'
import { useFormat } from '../ui/format.ts'
import { type MediaKind, mediaKinds } from './drafts.ts'
import { FileInput } from './file-input.tsx'
import { Icon } from './icon.tsx'
import { useLimits } from './limits.ts'
import { type Pick, pickOf } from './picks.ts'
import { Preview } from './preview.tsx'

interface FilePicksProps {
  /** What somebody came for; a file chosen here is sent as that. */
  readonly kind: MediaKind
  readonly picks: readonly Pick[]
  readonly onChange: (picks: readonly Pick[]) => void
}

const accepted = { video: 'video/*', image: 'image/*', file: '' }

/** The chosen files, each with what it will be sent as. */
export function FilePicks({ kind, picks, onChange }: FilePicksProps) {
  const { t } = useLanguage()
  const input = useRef<HTMLInputElement>(null)
  const change = (changed: Pick) => onChange(picks.map((pick) => (pick.id === changed.id ? changed : pick)))
  const remove = (removed: Pick) => {
    // The button that was pressed goes, and the focus must not go with it.
    input.current?.focus()
    onChange(picks.filter(({ id }) => id !== removed.id))
  }
  return (
    <>
      <ul className="send-picks">
        {picks.map((pick) => (
          <PickRow key={pick.id} pick={pick} onChange={change} onRemove={() => remove(pick)} />
        ))}
      </ul>
      <FileInput
        ref={input}
        label={t(picks.length === 0 ? 'sendChoose' : 'sendChooseMore')}
        accept={accepted[kind]}
        multiple
        onFiles={(files) => onChange([...picks, ...files.map((file) => pickOf(file, kind))])}
      />
      <p className="hy-field-hint">{t('sendOrDrop')}</p>
    </>
  )
}

interface PickRowProps {
  readonly pick: Pick
  readonly onChange: (pick: Pick) => void
  readonly onRemove: () => void
}

function PickRow({ pick, onChange, onRemove }: PickRowProps) {
  const { t } = useLanguage()
  const { size } = useFormat()
  const { file, kind, thumb } = pick
  const tooLarge = useId()
  const limit = useLimits()?.[kind]
  const isTooLarge = limit !== undefined && file.size > limit
  return (
    <li className="send-pick">
      {kind === 'image' ? <Preview file={file} /> : <Icon name={kind} />}
      <div className="send-pick-facts">
        <span className="send-pick-name">{file.name}</span>
        <span className="send-pick-size">{size(file.size)}</span>
        {isTooLarge && (
          <span className="hy-field-error" role="alert" id={tooLarge}>
            {t('sendTooLarge', { size: size(limit) })}
          </span>
        )}
        {kind === 'video' && (
          <FileInput
            label={thumb?.name ?? t('sendThumb')}
            name={t('sendThumbOf', { name: file.name })}
            accept="image/*"
            onFiles={([chosen]) => onChange({ ...pick, thumb: chosen })}
          />
        )}
      </div>
      <select
        className="send-pick-kind"
        aria-label={t('sendAs', { name: file.name })}
        aria-invalid={isTooLarge || undefined}
        aria-describedby={isTooLarge ? tooLarge : undefined}
        value={kind}
        onChange={({ target }) => {
          const chosen = mediaKinds.find((each) => each === target.value)
          if (chosen) onChange({ ...pick, kind: chosen })
        }}
      >
        {mediaKinds.map((each) => (
          <option key={each} value={each}>
            {t(kindWords[each])}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="send-pick-remove"
        aria-label={t('sendRemove', { name: file.name })}
        onClick={onRemove}
      >
        <span aria-hidden="true">×</span>
      </button>
    </li>
  )
}
