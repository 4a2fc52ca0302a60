import { useQuery } from '@tanstack/react-query'
import type { MediaView, MessageView } from '../../../src/console/schema.ts'
import { CallError, consoleHeaders, dataOf } from '../api/call.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Reason } from '../ui/reason.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { type MediaProps, mediaUrl } from './media-url.ts'

/** Says that a message's file did not load, why, as far as anybody knows, and lets one try again. */
export function MediaFault({ appId, message, media, onRetry }: MediaProps & { onRetry: () => void }) {
  const { t } = useLanguage()
  const url = mediaUrl(appId, message, 'body')
  const { data: error, isPending } = useQuery({
    queryKey: ['media fault', url],
    queryFn: ({ signal }) => errorOf(url, signal),
    retry: false,
    gcTime: 0,
  })
  if (isPending) return <Spinner label={t('loading')} />
  return (
    <div className="chat-fault" role="alert">
      {error === null ? (
        // The bytes do come, so it is the browser that cannot show them.
        <>
          <p>{t(media.kind === 'voice' ? 'chatVoiceNotPlayable' : 'chatNotShown')}</p>
          <a className="chat-download" href={url} download={nameOf(message, media)}>
            {t('chatDownload')}
          </a>
        </>
      ) : (
        <>
          <p>{t('chatMediaFailed')}</p>
          <div className="chat-fault-reason">
            {error instanceof CallError ? <Reason error={error} /> : <p>{t('unreachable')}</p>}
          </div>
        </>
      )}
      <Button small onClick={onRetry}>
        {t('retry')}
      </Button>
    </div>
  )
}

/** Asks for one byte, since an element that fails to load says nothing. @returns null where the byte came */
async function errorOf(url: string, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetch(url, { headers: { range: 'bytes=0-0', ...consoleHeaders }, signal })
    if (!response.ok) dataOf(await response.json())
    await response.body?.cancel()
    return null
  } catch (error) {
    return error
  }
}

/** For what has no name of its own; the browser adds the ending. */
function nameOf({ newMsgId }: MessageView, { name, kind }: MediaView): string {
  return name || `${kind}-${newMsgId}`
}
