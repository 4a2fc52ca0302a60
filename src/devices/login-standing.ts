import { GatewayError } from '../errors.ts'
import { type Device, isNamed, uinOf } from './device.ts'
import type { LoginRow } from './login-queries.ts'

/** What a successful checkLogin says is left of the code's time: clients that look at it first want more than 5 (contract 2.7). */
const SUCCESS_SECONDS = 120

/**
 * What a phone has said so far, in the contract's numbers and words.
 * @throws {GatewayError} login_code_needed, login_expired, login_failed
 */
export function standingOf(login: LoginRow | undefined, device: Device, uuid: string) {
  if (device.state === 'online' && isNamed(device)) return success(uuid, device.wxid, device.nick_name)
  const left = Math.max(0, Math.ceil((device.login_expires_at - Date.now()) / 1000))
  switch (login?.phase) {
    case 'waiting':
      return waiting(uuid, left, 0)
    case 'scanned':
      return waiting(uuid, left, 1)
    case 'code':
    case 'wrong code':
      throw new GatewayError('login_code_needed', { reason: codeReason(login.phase === 'wrong code') })
    case 'blocked':
      throw new GatewayError('login_expired', {
        reason: '安全验证码输错的次数过多，这个二维码已作废，请重新获取',
      })
    case 'failed':
      throw new GatewayError('login_failed', login.reason === null ? {} : { reason: login.reason })
    default:
      return waiting(uuid, 0, 0)
  }
}

function codeReason(wrong: boolean): string {
  const what = '本次登录需要输入安全验证码'
  return wrong
    ? `${what}：刚才的验证码不正确，请查看手机上的数字，用 captchCode 重新传入`
    : `${what}：请把手机上显示的数字用 captchCode 传入 checkLogin`
}

/** Nobody is logged in yet. @param expiredTime seconds that the code is still good for; 0 makes clients get a new one */
export function waiting(uuid: string, expiredTime: number, status: number) {
  return { uuid, headImgUrl: null, nickName: null, expiredTime, status, loginInfo: null }
}

/** In the shape that every client's check of a finished login takes (contract 2.7). */
export function success(uuid: string, wxid: string, nickName: string) {
  const loginInfo = { uin: uinOf(wxid), wxid, nickName, mobile: '', alias: '' }
  return { uuid, headImgUrl: '', nickName, expiredTime: SUCCESS_SECONDS, status: 2, loginInfo }
}
