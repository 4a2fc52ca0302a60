import { setTimeout as pause } from 'node:timers/promises'
import type { LoginStep, RemoteChannel } from '../channels/channel.ts'
import { type Database, isFault, statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Vault } from '../vault.ts'
import { type Device, isNamed } from './device.ts'
import { extendLogin, findLogin, type LoginRow, noteLogin } from './login-queries.ts'
import { listDevices, ownDevice } from './queries.ts'
import type { Sessions } from './sessions.ts'

/** Between two steps, as the official client has it (iLink sheet 3.2), milliseconds. */
const STEP_MS = 1000
/** A login that nobody finishes ends after so long, milliseconds (iLink sheet 3.2). */
const WHOLE_MS = 480_000
/** How long a code stays good once it was scanned, milliseconds. */
const SCANNED_MS = 300_000
/** How often the digits that somebody has to type are looked for, milliseconds. */
const LOOK_MS = 200

export interface FollowDeps {
  readonly database: Database
  readonly vault: Vault
  readonly sessions: Sessions
  readonly log: Log
  /** A device has come online. */
  readonly cameOnline: (device: { appId: string }) => Promise<void>
  /** Its state is another one now. */
  readonly changed: (device: { tokenId: string; appId: string }) => void
}

/** Where a login's own words belong, for the vault. */
export const loginPlace = (appId: string): string => `login ${appId}`

/**
 * Follows one login to its end: the network gives the credentials once, to whoever happens to ask, so that it must not
 * be left to callers who may hang up at that moment.
 * @param row names this process as its holder
 */
export async function followLogin(
  deps: FollowDeps,
  device: Device,
  channel: RemoteChannel,
  row: LoginRow,
  signal: AbortSignal,
): Promise<void> {
  const { database, vault } = deps
  const place = loginPlace(row.app_id)
  const deadline = Date.now() + WHOLE_MS
  let login = vault.open(row.login, place)
  let asksCode = row.phase === 'code' || row.phase === 'wrong code'
  while (login !== undefined && Date.now() < deadline) {
    const code: string | undefined = asksCode ? await codeFor(database, row, deadline, signal) : undefined
    if (asksCode && code === undefined) break
    const started = performance.now()
    const step: LoginStep = await channel.stepLogin(login, code, signal)
    if (step.kind === 'done') return confirmed(deps, device, step, signal)
    if (step.kind === 'bound') return bound(deps, device, channel, row)
    if (step.kind === 'over') {
      await noteLogin(database, row, { phase: step.reason })
      return
    }
    login = step.login
    asksCode = step.kind === 'code'
    const phase = phaseOf(step)
    if (!(await noteLogin(database, row, { phase, login: vault.seal(login, place), code: null }))) return
    if (phase !== 'waiting') await extendLogin(database, row, Date.now() + SCANNED_MS)
    await pause(Math.max(0, STEP_MS - (performance.now() - started)), undefined, { signal })
  }
  await noteLogin(database, row, { phase: 'expired' })
}

function phaseOf(step: Extract<LoginStep, { login: string }>): LoginRow['phase'] {
  if (step.kind === 'code') return step.wrong ? 'wrong code' : 'code'
  return step.scanned ? 'scanned' : 'waiting'
}

/** Waits for the digits; undefined when nobody gave them in time, or something else has taken this login's place. */
async function codeFor(
  database: Database,
  row: LoginRow,
  deadline: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (Date.now() < deadline) {
    const now = await findLogin(database, row.app_id)
    if (now?.uuid !== row.uuid || now.holder !== row.holder) return undefined
    if (now.code !== null) return now.code
    await pause(LOOK_MS, undefined, { signal })
  }
  return undefined
}

/** Whichever login is the device's by now: the phone has said yes. */
async function confirmed(
  { database, sessions, log, cameOnline, changed }: FollowDeps,
  device: Device,
  { wxid, credentials }: Extract<LoginStep, { kind: 'done' }>,
  signal: AbortSignal,
): Promise<void> {
  const { sql } = database
  const { app_id: appId } = device
  const unit = async () => {
    const now = await ownDevice(database, device.token_id, appId)
    const online = sql.updateTable('devices').set({ state: 'online', wxid }).where('app_id', '=', appId)
    const done = sql.updateTable('logins').set({ phase: 'done', login: '' }).where('app_id', '=', appId)
    await database.atomically([
      ...sessions.saved(now, credentials, wxid),
      statement(online, 1),
      statement(done),
    ])
  }
  for (;;) {
    try {
      await unit()
      break
    } catch (error) {
      if (isFault(error, 'unique')) {
        const reason = `微信 ${wxid} 已在另一台设备上登录，请使用那台设备，或换一个微信扫码`
        throw new GatewayError('login_failed', { reason, cause: error })
      }
      if (error instanceof GatewayError) throw error
      // Credentials in hand are worth waiting for a database that is away.
      log.error({ err: error, appId }, 'a login could not be written and is tried again')
      await pause(STEP_MS, undefined, { signal })
    }
  }
  log.info({ appId, wxid, channel: device.channel }, 'device online')
  await cameOnline({ appId })
  changed({ tokenId: device.token_id, appId })
}

/** Somebody here already speaks for the one who scanned: this device, or another of the same token. */
async function bound(
  { database, sessions }: FollowDeps,
  device: Device,
  channel: RemoteChannel,
  row: LoginRow,
): Promise<void> {
  const isOwn = ({ app_id }: Device) => app_id === device.app_id
  const devices = (await listDevices(database, device.token_id))
    .filter(isNamed)
    .filter((each) => each.channel === device.channel)
  for (const candidate of [...devices.filter(isOwn), ...devices.filter((each) => !isOwn(each))]) {
    if (!(await sessions.probe(candidate, channel))) continue
    const reason = `这个微信已经登录在设备 ${candidate.app_id} 上，请直接使用那台设备`
    await noteLogin(database, row, isOwn(candidate) ? { phase: 'done' } : { phase: 'failed', reason })
    return
  }
  throw new GatewayError('login_failed', {
    reason: '微信认为本网关已绑定这个账号，但保存的凭证都已失效，请重新获取二维码',
  })
}
