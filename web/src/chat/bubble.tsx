import type { MessageView } from '../../../src/console/schema.ts'
import { Attachment } from './attachment.tsx'
import { Picture } from './picture.tsx'
import { Video } from './video.tsx'
import { Voice } from './voice.tsx'

interface BubbleProps {
  readonly appId: string
  readonly message: MessageView
}

/** What a message says. */
export function Bubble({ appId, message }: BubbleProps) {
  const { media, kind, text, quoted } = message
  if (media) {
    const props = { appId, message, media }
    if (media.kind === 'image') return <Picture {...props} />
    if (media.kind === 'video') return <Video {...props} />
    if (media.kind === 'voice') return <Voice {...props} />
    return <Attachment {...props} />
  }
  return (
    <>
      <p className={kind === 'other' ? 'chat-text chat-text-other' : 'chat-text'} dir="auto">
        {text}
      </p>
      {quoted !== null && (
        <blockquote className="chat-quoted" dir="auto">
          {quoted}
        </blockquote>
      )}
    </>
  )
}
