import type { Static } from 'typebox'
import type * as schema from '../../../src/devices/schema.ts'
import { CallError, call, isUnreachable } from '../api/call.ts'

type QrCode = Static<typeof schema.qrReply>
type Standing = Static<typeof schema.checkLoginReply>

/** A login as somebody who waits for it sees it. */
export type LoginView =
  | { readonly step: 'starting' }
  | Pending
  | { readonly step: 'done'; readonly appId: string; readonly nickName: string }
  | { readonly step: 'expired' | 'cancelled' }
  | { readonly step: 'failed'; readonly error: unknown }

interface Pending {
  /** `code`: the phone shows digits that have to be typed here. */
  readonly step: 'waiting' | 'scanned' | 'code'
  /** A data: URL of the QR code. */
  readonly picture: string
  /** When the code is over, milliseconds since 1970; undefined before the gateway has told. */
  readonly endsAt: number | undefined
  /** Whether digits are being checked, or were refused. */
  readonly digits?: 'checking' | 'refused' | undefined
  /** The gateway does not answer for the moment. */
  readonly lost?: boolean
}

interface Following {
  /** Empty for a device that is still to be made. */
  readonly appId: string
  readonly channel: string
  readonly show: (view: LoginView) => void
  /** Hears which device it is, once there is one. */
  readonly named: (appId: string) => void
  /** Digits that were typed since the last time; empty for none. */
  readonly takeDigits: () => string
  readonly signal: AbortSignal
}

/** Between two looks, milliseconds; the gateway itself answers when something changed, or after 1.5 s. */
const PAUSE_MS = 500
/** After a look that was not answered, milliseconds. */
const LOST_PAUSE_MS = 2000

/** Gets a QR code and follows its login to the end, whatever that is; shows each step. Never rejects. */
export async function followLogin(following: Following): Promise<void> {
  const { appId, channel, show, named, signal } = following
  try {
    show({ step: 'starting' })
    const code = await call<QrCode>('/console/api/login/getLoginQrCode', { appId, channel }, { signal })
    named(code.appId)
    let view: LoginView = { step: 'waiting', picture: code.qrImgBase64, endsAt: undefined }
    show(view)
    while (isPending(view) && !signal.aborted) {
      view = await look(following, code, view)
      if (!signal.aborted) show(view)
      if (isPending(view)) await pause(view.lost ? LOST_PAUSE_MS : PAUSE_MS, signal)
    }
  } catch (error) {
    if (!signal.aborted) show({ step: 'failed', error })
  }
}

async function look(following: Following, { appId, uuid }: QrCode, view: Pending): Promise<LoginView> {
  const { takeDigits, show, signal } = following
  const digits = takeDigits()
  if (digits !== '') show({ ...view, digits: 'checking' })
  try {
    const body = { appId, uuid, ...(digits === '' ? {} : { captchCode: digits }) }
    return standingOf(appId, await call<Standing>('/console/api/login/checkLogin', body, { signal }), view)
  } catch (error) {
    if (isUnreachable(error)) return { ...view, lost: true }
    if (error instanceof CallError && error.code === 'login_code_needed') {
      return { ...view, step: 'code', lost: false, digits: digits === '' ? view.digits : 'refused' }
    }
    throw error
  }
}

function standingOf(appId: string, standing: Standing, { picture }: Pending): LoginView {
  if (standing.status === 2) return { step: 'done', appId, nickName: standing.nickName ?? '' }
  if (standing.status === 4) return { step: 'cancelled' }
  if (standing.expiredTime <= 0) return { step: 'expired' }
  const endsAt = Date.now() + standing.expiredTime * 1000
  return { step: standing.status === 1 ? 'scanned' : 'waiting', picture, endsAt }
}

export function isPending(view: LoginView): view is Pending {
  return view.step === 'waiting' || view.step === 'scanned' || view.step === 'code'
}

/** Ends early when `signal` does. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
