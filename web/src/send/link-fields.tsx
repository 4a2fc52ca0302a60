import { useLanguage } from '../i18n/language.tsx'
import { TextField } from '../ui/text-field.tsx'
import { isUrl } from '../ui/url.ts'
import { UrlField } from '../ui/url-field.tsx'
import type { MediaKind } from './drafts.ts'
import { isSeconds, type Link } from './link.ts'

interface LinkFieldsProps {
  readonly kind: MediaKind
  readonly link: Link
  readonly onChange: (link: Link) => void
  /** Says what is wrong from the first try on. */
  readonly isTried: boolean
}

export function LinkFields({ kind, link, onChange, isTried }: LinkFieldsProps) {
  const { t } = useLanguage()
  const wrongUrl = (url: string) => (isTried && !isUrl(url) ? t('urlWrong') : undefined)
  return (
    <>
      <UrlField
        label={t('sendUrl')}
        hint={t('sendUrlHint')}
        placeholder="https://"
        value={link.url}
        onChange={(url) => onChange({ ...link, url })}
        error={wrongUrl(link.url)}
        required
      />
      {kind === 'video' && (
        <>
          <UrlField
            label={t('sendThumbUrl')}
            hint={t('sendThumbHint')}
            value={link.thumbUrl}
            onChange={(thumbUrl) => onChange({ ...link, thumbUrl })}
            error={link.thumbUrl.trim() === '' ? undefined : wrongUrl(link.thumbUrl)}
          />
          <TextField
            label={t('sendSeconds')}
            hint={t('sendSecondsHint')}
            inputMode="numeric"
            autoComplete="off"
            value={link.seconds}
            onChange={(seconds) => onChange({ ...link, seconds })}
            error={isTried && !isSeconds(link.seconds) ? t('sendSecondsWrong') : undefined}
          />
        </>
      )}
      {kind === 'file' && (
        <TextField
          label={t('sendName')}
          hint={t('sendNameHint')}
          autoComplete="off"
          maxLength={255}
          value={link.name}
          onChange={(name) => onChange({ ...link, name })}
        />
      )}
    </>
  )
}
