import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { Notice } from '../ui/notice.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { outcomeOf } from './outcome.ts'
import { type EventDetailView, useEvent, useSendAgain } from './queries.ts'

/** One event: what is posted, and what came of each attempt. */
export function EventDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useLanguage()
  const { data, error, refetch } = useEvent(id)
  const { mutate, isPending, isSuccess, error: refused } = useSendAgain(id)
  return (
    <Dialog
      title={t('callbackEvent', { id })}
      onClose={onClose}
      className="callback-dialog"
      actions={
        <Button kind="primary" busy={isPending} onClick={() => mutate()}>
          {t('callbackSendAgain')}
        </Button>
      }
    >
      {refused && <ErrorNotice error={refused} />}
      {isSuccess && <Notice kind="info">{t('callbackQueued')}</Notice>}
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Spinner label={t('loading')} />}
      {data && <Attempts attempts={data.attempts} />}
      {data && <Body body={data.body} />}
    </Dialog>
  )
}

function Attempts({ attempts }: { attempts: EventDetailView['attempts'] }) {
  const { t } = useLanguage()
  const { dateTime } = useFormat()
  return (
    <section>
      <h3>{t('callbackAttempts')}</h3>
      {attempts.length === 0 && <p className="callback-empty">{t('callbackNoAttempts')}</p>}
      <ol className="callback-attempts" reversed>
        {attempts.map(({ number, at, duration, status, error }) => (
          <li key={number} className="callback-attempt">
            <span>{t('callbackNumber', { number })}</span>
            <span>{dateTime(at)}</span>
            <span className={isTaken(status) ? 'callback-taken' : 'callback-refused'}>
              {outcomeOf(status, error)}
            </span>
            <span>{t('callbackDuration', { ms: duration })}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Only these settle an event. */
function isTaken(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300
}

function Body({ body }: { body: string }) {
  const { t } = useLanguage()
  const text = prettied(body)
  return (
    <section>
      <h3 className="callback-body-head">
        {t('callbackBody')} <CopyButton text={text} label={t('callbackCopyBody')} />
      </h3>
      <pre className="callback-body">
        <code>{text}</code>
      </pre>
    </section>
  )
}

function prettied(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}
