import type { Channel } from '../channels/channel.ts'
import type { Database } from '../database/database.ts'
import type { Device } from '../devices/device.ts'
import { listDevices } from '../devices/queries.ts'
import { findSession, isSilent } from '../devices/session-queries.ts'
import { momentOf } from '../ids.ts'
import { findLastId } from './conversations.ts'
import type { DeviceState, DeviceView } from './schema.ts'

export interface DevicesDeps {
  readonly database: Database
  readonly channels: ReadonlyMap<string, Channel>
}

/** The token's devices, the oldest first. */
export async function viewDevices(deps: DevicesDeps, tokenId: string): Promise<DeviceView[]> {
  const devices = await listDevices(deps.database, tokenId)
  return Promise.all(devices.map((device) => viewDevice(deps, device)))
}

export async function viewDevice(deps: DevicesDeps, device: Device): Promise<DeviceView> {
  const channel = deps.channels.get(device.channel)
  const lastId = await findLastId(deps.database, { tokenId: device.token_id, appId: device.app_id })
  return {
    appId: device.app_id,
    channel: device.channel,
    wxid: device.wxid ?? '',
    nickName: device.nick_name,
    state: channel?.kind === 'remote' ? await remoteState(deps, device) : device.state,
    lastActivity: lastId === undefined ? null : momentOf(lastId),
    createdAt: device.created_at,
    chatrooms: channel?.capabilities.chatrooms ?? false,
    revoke: channel?.capabilities.revoke ?? false,
  }
}

async function remoteState({ database }: DevicesDeps, device: Device): Promise<DeviceState> {
  const session = await findSession(database, device.app_id)
  if (session && session.dead_since !== null) return 'scan needed'
  if (device.state === 'online' && isSilent(session, Date.now())) return 'silent'
  return device.state
}
