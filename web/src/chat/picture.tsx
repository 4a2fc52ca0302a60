import { useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { MediaFault } from './media-fault.tsx'
import { boxOf, type MediaProps, mediaUrl } from './media-url.ts'

/** A picture small, that opens large. */
export function Picture(props: MediaProps) {
  const { appId, message, media } = props
  const { t } = useLanguage()
  const [isOpen, setOpen] = useState(false)
  const [part, setPart] = useState<'thumb' | 'body' | 'failed'>(media.hasThumb ? 'thumb' : 'body')
  const box = boxOf(media)
  if (part === 'failed') return <MediaFault {...props} onRetry={() => setPart('body')} />
  return (
    <>
      <button
        type="button"
        className="chat-picture"
        aria-label={t('chatOpenImage')}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <img
          src={mediaUrl(appId, message, part)}
          alt=""
          loading="lazy"
          decoding="async"
          {...box}
          // A network that promised a thumbnail may turn out to have none.
          onError={() => setPart(part === 'thumb' ? 'body' : 'failed')}
        />
      </button>
      {isOpen && (
        <Dialog title={t('kindImage')} className="chat-wide" onClose={() => setOpen(false)}>
          <Large {...props} />
        </Dialog>
      )}
    </>
  )
}

function Large(props: MediaProps) {
  const { t } = useLanguage()
  const { appId, message } = props
  const [failed, setFailed] = useState(false)
  if (failed) return <MediaFault {...props} onRetry={() => setFailed(false)} />
  return (
    <img
      className="chat-large"
      src={mediaUrl(appId, message, 'body')}
      alt={t('chatImageFrom', { name: message.senderName })}
      onError={() => setFailed(true)}
    />
  )
}
