import { readConfig } from '../config.ts'
import { newDevice } from '../devices/device.ts'
import { listDevices as devicesOf, insertDevice } from '../devices/queries.ts'
import { liveToken, liveTokens } from './live-tokens.ts'
import { moment, printTable, withDatabase } from './session.ts'

const channelNames = ['local', 'ilink']

/** Prints the new device's appId alone on standard output. */
export async function addDevice(asked: { token: string; channel?: string }): Promise<void> {
  const { token } = asked
  const channel = asked.channel ?? readConfig().config.defaultChannel
  if (!channelNames.includes(channel))
    throw new Error(`There is no channel ${channel}; use ${channelNames.join(' or ')}.`)
  const appId = await withDatabase(async (database) => {
    const owner = await liveToken(database, token)
    const device = newDevice(owner.id, channel, Date.now())
    await insertDevice(database, device)
    return device.app_id
  })
  console.error('Log the device in with /login/getLoginQrCode and /login/checkLogin. Its appId:')
  console.log(appId)
}

export async function listDevices({ token }: { token?: string }): Promise<void> {
  const rows = await withDatabase(async (database) => {
    const owners = await liveTokens(database, token)
    const devices = await Promise.all(
      owners.map(async ({ id, name }) => ({ name, of: await devicesOf(database, id) })),
    )
    return devices.flatMap(({ name, of }) =>
      of.map((device) => ({
        appId: device.app_id,
        channel: device.channel,
        wxid: device.wxid ?? '-',
        nickName: device.nick_name,
        state: device.state,
        token: name,
        created: moment(device.created_at),
      })),
    )
  })
  printTable(rows, 'There is no device yet; make one with `hongyan device add` or /login/getLoginQrCode.')
}
