import { useConnection } from '../api/use-connection.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { useFormat } from '../ui/format.ts'
import { filesOf } from './drafts.ts'
import type { Outgoing } from './outgoing.ts'
import { type Progress, type Stage, secondsLeft, speedOf, stages } from './rate.ts'
import { sends } from './sends.ts'
import { summaryOf } from './summary.ts'
import { useNow } from './use-sends.ts'

/** How far a send is, as far as that is known, and the way to stop it. */
export function SendProgress({ outgoing }: { outgoing: Outgoing }) {
  const { t } = useLanguage()
  const { id, draft, phase, cancel } = outgoing
  const isQuick = draft.kind === 'text' || draft.kind === 'forward'
  return (
    <div className="send-progress">
      {phase === 'waiting' || isQuick ? (
        <p className="send-progress-line" role="status">
          <span className="hy-ring" aria-hidden="true" />{' '}
          {t(phase === 'waiting' ? 'sendWaiting' : 'sendSending')}
        </p>
      ) : (
        <Bar outgoing={outgoing} />
      )}
      {cancel && (
        <p className="send-progress-line" role="status">
          {t(cancel === 'unheard' ? 'sendCancelUnheard' : 'sendCancelAsked')}
        </p>
      )}
      <Button small busy={cancel === 'asked'} onClick={() => void sends.cancel(id)}>
        {t('cancel')}
      </Button>
    </div>
  )
}

function Bar({ outgoing: { draft, phase, progress } }: { outgoing: Outgoing }) {
  const { t } = useLanguage()
  const isBlind = useConnection() !== 'open' && phase === 'calling'
  const known = isBlind ? undefined : progress
  const isMeasured = known !== undefined && (known.total !== null || known.stage === 'send')
  const name = summaryOf(draft)
  const stage = known ? t(`sendStage_${known.stage}`) : t('sendSending')
  return (
    <>
      <Steps progress={known} isFromDisk={filesOf(draft).length > 0} />
      <progress
        className="send-bar"
        aria-label={t('sendProgress', { name, stage })}
        // Without a value the browser shows that something is under way, and no more.
        value={isMeasured ? known.share : undefined}
        max={1}
      />
      {known ? (
        <Numbers progress={known} />
      ) : (
        <p className="send-progress-line">{isBlind && t('sendBlind')}</p>
      )}
    </>
  )
}

function Numbers({ progress }: { progress: Progress }) {
  const { t } = useLanguage()
  const { size, speed, duration } = useFormat()
  const now = Math.max(useNow(), progress.samples.at(-1)?.at ?? 0)
  const { done, total, stage } = progress
  const rate = speedOf(progress, now)
  const left = secondsLeft(progress, now)
  const facts = [
    total === null ? size(done) : `${size(done)} / ${size(total)}`,
    rate === undefined ? '' : speed(rate),
    left === undefined ? '' : t('sendLeft', { time: duration(Math.ceil(left)) }),
  ]
  if (stage === 'send' || total === 0) return null
  return <p className="send-progress-line">{facts.filter(Boolean).join(' · ')}</p>
}

function Steps({ progress, isFromDisk }: { progress: Progress | undefined; isFromDisk: boolean }) {
  const { t } = useLanguage()
  const at = progress ? stages.indexOf(progress.stage) : -1
  const shown = stages.filter((stage: Stage) => stage !== 'disk' || isFromDisk)
  return (
    <ol className="send-steps">
      {shown.map((stage) => {
        const isDone = stages.indexOf(stage) < at
        return (
          <li
            key={stage}
            className={isDone ? 'send-step-done' : 'send-step'}
            aria-current={stages[at] === stage ? 'step' : undefined}
          >
            {t(`sendStage_${stage}`)}
            {isDone && <span className="hy-hidden">{t('sendStageDone')}</span>}
          </li>
        )
      })}
    </ol>
  )
}
