import { useCallback, useEffect, useRef, useState } from 'react'
import type { MediaView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from './icons.tsx'
import { MediaFault } from './media-fault.tsx'
import { boxOf, type MediaProps, mediaUrl } from './media-url.ts'

/** How many times wider it is while it plays. */
const ENLARGED = 1.6

/** A video: its thumbnail, length and size; played in place once asked to. */
export function Video(props: MediaProps) {
  const { appId, message, media } = props
  const [state, setState] = useState<'still' | 'playing' | 'failed'>('still')
  const rest = useCallback(() => setState('still'), [])
  if (state === 'failed') return <MediaFault {...props} onRetry={() => setState('playing')} />
  if (state === 'playing') return <Player {...props} onFail={() => setState('failed')} onReplaced={rest} />
  return (
    <Still
      media={media}
      thumb={media.here && media.hasThumb ? mediaUrl(appId, message, 'thumb') : undefined}
      onPlay={() => setState('playing')}
    />
  )
}

interface StillProps {
  readonly media: MediaView
  readonly thumb: string | undefined
  readonly onPlay: () => void
}

function Still({ media, thumb, onPlay }: StillProps) {
  const { t } = useLanguage()
  const { duration, size } = useFormat()
  const [thumbFailed, setThumbFailed] = useState(false)
  const length = media.seconds > 0 ? duration(media.seconds) : ''
  const bytes = media.length > 0 ? size(media.length) : ''
  const elsewhere = media.here ? '' : t('chatElsewhere')
  const box = boxOf(media)
  return (
    <button type="button" className="chat-still" style={box} onClick={onPlay}>
      <span className="hy-hidden">{t('chatPlayVideo')}</span>
      {thumb && !thumbFailed && (
        <img
          src={thumb}
          alt=""
          loading="lazy"
          decoding="async"
          {...box}
          onError={() => setThumbFailed(true)}
        />
      )}
      <span className="chat-play">
        <Icon name="play" />
      </span>
      {elsewhere && <span className="chat-still-note">{elsewhere}</span>}
      <span className="chat-still-facts">
        <span>{bytes}</span>
        <span>{length}</span>
      </span>
    </button>
  )
}

/** A player holds one of the few connections that a browser has, paused as well: so there is one at a time. */
let replace: (() => void) | undefined

interface PlayerProps extends MediaProps {
  readonly onFail: () => void
  /** Another one plays now. */
  readonly onReplaced: () => void
}

function Player({ appId, message, media, onFail, onReplaced }: PlayerProps) {
  const { t } = useLanguage()
  const ref = useRef<HTMLVideoElement>(null)
  const { width, height } = boxOf(media)
  useEffect(() => {
    replace?.()
    replace = onReplaced
    const video = ref.current
    // The button that had the focus is gone.
    video?.focus({ preventScroll: true })
    return () => {
      if (replace === onReplaced) replace = undefined
      // Otherwise it would hold its connection until its memory is needed.
      video?.removeAttribute('src')
      video?.load()
    }
  }, [onReplaced])
  return (
    // biome-ignore lint/a11y/useMediaCaption: a message brings no captions
    <video
      ref={ref}
      className="chat-video"
      style={{ aspectRatio: `${width} / ${height}`, width: width * ENLARGED }}
      src={mediaUrl(appId, message, 'body')}
      controls
      playsInline
      autoPlay
      preload="metadata"
      aria-label={t('kindVideo')}
      onError={onFail}
    />
  )
}
