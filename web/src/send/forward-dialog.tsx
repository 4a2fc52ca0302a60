import { useId, useState } from 'react'
import type { ContactView, MessageView } from '../../../src/console/schema.ts'
import { kindWords } from '../i18n/kind-words.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Notice } from '../ui/notice.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { ContactChoice } from './contact-choice.tsx'
import { Failure } from './failure.tsx'
import { firstMsOf } from './first-sends.ts'
import { isRunning, type Outgoing } from './outgoing.ts'
import { sends } from './sends.ts'
import { useElapsed } from './use-elapsed.ts'
import { useSends } from './use-sends.ts'
import './dialogs.css'

interface ForwardDialogProps {
  readonly appId: string
  readonly message: MessageView
  readonly onClose: () => void
}

/** Picks who gets a message too, sends it there, and says how long that took. */
export function ForwardDialog({ appId, message, onClose }: ForwardDialogProps) {
  const { t } = useLanguage()
  const form = useId()
  const [contact, setContact] = useState<ContactView>()
  const [isTried, setTried] = useState(false)
  const [id, setId] = useState<string>()
  const outgoing = useSends().find((each) => each.id === id)
  const { kind } = message

  const forward = () => {
    setTried(true)
    if (!contact || (kind !== 'video' && kind !== 'image' && kind !== 'file')) return
    const target = { appId, peer: contact.wxid, peerName: contact.nickName }
    const name = message.media?.name || t(kindWords[kind])
    setId(sends.start(target, { kind: 'forward', media: kind, xml: message.xml, name }))
  }

  return (
    <Dialog
      title={t('sendForwardTitle')}
      onClose={onClose}
      actions={
        outgoing ? (
          <Button onClick={onClose}>{t('close')}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button kind="primary" type="submit" form={form}>
              {t('forward')}
            </Button>
          </>
        )
      }
    >
      {outgoing ? (
        <Outcome outgoing={outgoing} message={message} onClose={onClose} />
      ) : (
        <form
          id={form}
          onSubmit={(event) => {
            event.preventDefault()
            forward()
          }}
        >
          {isTried && !contact && <Notice kind="error">{t('sendForwardFirst')}</Notice>}
          <ContactChoice appId={appId} chosen={contact} onChoose={setContact} />
        </form>
      )}
    </Dialog>
  )
}

interface OutcomeProps {
  readonly outgoing: Outgoing
  readonly message: MessageView
  readonly onClose: () => void
}

function Outcome({ outgoing, message, onClose }: OutcomeProps) {
  const { t } = useLanguage()
  const elapsed = useElapsed()
  const { target, phase, tookMs } = outgoing
  if (isRunning(outgoing)) return <Spinner label={t('sendSending')} />
  if (phase === 'failed')
    return (
      <Failure
        outgoing={outgoing}
        onDismiss={() => {
          sends.dismiss(outgoing.id)
          onClose()
        }}
      />
    )
  const firstMs = firstMsOf(localStorage, { newMsgId: message.newMsgId, fileId: message.media?.fileId })
  return (
    <Notice kind="info">
      <p>
        {tookMs === undefined
          ? t('sendForwardSent', { name: target.peerName })
          : t('sendForwardDone', { name: target.peerName, time: elapsed(tookMs) })}
      </p>
      {firstMs !== undefined && tookMs !== undefined && firstMs > tookMs && (
        <p>{t('sendForwardFaster', { first: elapsed(firstMs), times: timesOf(firstMs / tookMs) })}</p>
      )}
    </Notice>
  )
}

function timesOf(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(1) : String(Math.round(ratio))
}
