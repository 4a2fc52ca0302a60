import { Link } from 'wouter'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Countdown } from './countdown.tsx'
import { DigitsForm } from './digits-form.tsx'
import { isPending, type LoginView } from './follow-login.ts'
import { useLogin } from './use-login.ts'

interface LoginDialogProps {
  /** Empty for a device that is still to be made. */
  readonly appId: string
  readonly channel: string
  readonly onClose: () => void
}

/** Logs a device in: the QR code, and what the phone says about it. */
export function LoginDialog({ appId, channel, onClose }: LoginDialogProps) {
  const { t } = useLanguage()
  const { view, giveDigits, restart } = useLogin(appId, channel)
  const isOver = !isPending(view) && view.step !== 'starting' && view.step !== 'done'
  const actions = (
    <>
      <Button onClick={onClose}>{t(view.step === 'done' ? 'close' : 'cancel')}</Button>
      {isOver && (
        <Button kind="primary" onClick={restart}>
          {t('deviceRefreshCode')}
        </Button>
      )}
      {view.step === 'done' && (
        <Link className="weui-btn hy-btn weui-btn_primary" href={`/chat/${encodeURIComponent(view.appId)}`}>
          {t('deviceOpenChats')}
        </Link>
      )}
    </>
  )
  return (
    <Dialog
      title={t(appId === '' ? 'deviceAdd' : 'deviceLogIn')}
      onClose={onClose}
      actions={actions}
      className="device-login"
    >
      {isPending(view) && view.step !== 'code' && (
        <div className={view.step === 'waiting' ? 'device-code' : 'device-code device-code-used'}>
          <img src={view.picture} width="220" height="220" alt={t('deviceCodePicture')} />
        </div>
      )}
      <LoginState view={view} isLocal={channel === 'local'} />
      {isPending(view) && view.endsAt !== undefined && <Countdown endsAt={view.endsAt} />}
      {isPending(view) && view.step === 'code' && <DigitsForm digits={view.digits} onGive={giveDigits} />}
      {view.step === 'failed' && <ErrorNotice error={view.error} />}
    </Dialog>
  )
}

const words = {
  starting: 'deviceStarting',
  waiting: 'deviceWaiting',
  scanned: 'deviceScanned',
  code: 'deviceCode',
  expired: 'deviceExpired',
  cancelled: 'deviceCancelled',
} as const

/** Read out whenever it changes. */
function LoginState({ view, isLocal }: { view: LoginView; isLocal: boolean }) {
  const { t } = useLanguage()
  return (
    <div className="device-login-state" role="status">
      {view.step === 'done' && (
        <>
          <span className="weui-icon-success device-login-done" aria-hidden="true" />
          <p>{t('deviceDone', { name: view.nickName || view.appId })}</p>
        </>
      )}
      {view.step !== 'done' && view.step !== 'failed' && (
        <p>{t(view.step === 'waiting' && isLocal ? 'deviceStarting' : words[view.step])}</p>
      )}
      {isPending(view) && view.lost && <p className="device-lost">{t('unreachable')}</p>}
    </div>
  )
}
