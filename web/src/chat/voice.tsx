import { useRef, useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Icon } from './icons.tsx'
import { MediaFault } from './media-fault.tsx'
import { type MediaProps, mediaUrl } from './media-url.ts'

/** Pixels of the shortest bubble, and for each second more. */
const [SHORTEST, PER_SECOND, SECONDS] = [88, 3, 40] as const

/** A voice message, as long as it lasts. Its bytes are asked for when it is played. */
export function Voice(props: MediaProps) {
  const { appId, message, media } = props
  const { t } = useLanguage()
  const audio = useRef<HTMLAudioElement>(null)
  const [state, setState] = useState<'still' | 'playing' | 'failed'>('still')
  if (state === 'failed') return <MediaFault {...props} onRetry={() => setState('still')} />
  const seconds = media.seconds > 0 ? t('chatSeconds', { count: media.seconds }) : ''
  const toggle = () => {
    if (state === 'playing') audio.current?.pause()
    // What fails is heard of by the element's own error.
    else audio.current?.play().catch(() => undefined)
  }
  return (
    <>
      <button
        type="button"
        className="chat-voice"
        style={{ minWidth: SHORTEST + PER_SECOND * Math.min(media.seconds, SECONDS) }}
        onClick={toggle}
      >
        <Icon name={state === 'playing' ? 'pause' : 'voice'} />
        <span className="hy-hidden">{t(state === 'playing' ? 'chatPauseVoice' : 'chatPlayVoice')}</span>
        <span>{seconds || t('kindVoice')}</span>
      </button>
      {!media.here && <p className="chat-elsewhere">{t('chatElsewhere')}</p>}
      {/* biome-ignore lint/a11y/useMediaCaption: a message brings no captions */}
      <audio
        ref={audio}
        src={mediaUrl(appId, message, 'body')}
        preload="none"
        onPlay={() => setState('playing')}
        onPause={() => setState('still')}
        onEnded={() => setState('still')}
        onError={() => setState('failed')}
      />
    </>
  )
}
