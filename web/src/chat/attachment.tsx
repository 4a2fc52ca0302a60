import { useLanguage } from '../i18n/language.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from './icons.tsx'
import { type MediaProps, mediaUrl } from './media-url.ts'

/** A file: its name and size, and a link that saves it. */
export function Attachment({ appId, message, media }: MediaProps) {
  const { t } = useLanguage()
  const { size } = useFormat()
  const name = media.name || t('chatUnnamed')
  return (
    <a className="chat-file" href={mediaUrl(appId, message, 'body')} download={name}>
      <span className="hy-hidden">{t('chatDownload')}</span>
      <span className="chat-file-facts">
        <span className="chat-file-name" title={name}>
          {name}
        </span>
        <span className="chat-file-size">{media.here ? size(media.length) : t('chatElsewhereFile')}</span>
      </span>
      <Icon name="file" />
    </a>
  )
}
