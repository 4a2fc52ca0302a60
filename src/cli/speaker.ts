import { type Config, readConfig, type Secrets } from '../config.ts'
import type { Database } from '../database/database.ts'
import type { Device } from '../devices/device.ts'
import { listDevices } from '../devices/queries.ts'
import { makePass } from '../pass.ts'
import { secretKeyOf } from '../secret-key.ts'
import { liveTokens } from './live-tokens.ts'
import { WrongUsage } from './refusals.ts'
import { runningUrl } from './running.ts'
import { gatewayUrlIn } from './send-options.ts'
import { withDatabase } from './session.ts'

/** Through which gateway, with what right and as which device. */
export interface Speaker {
  readonly baseUrl: string
  /** What to put into X-GEWE-TOKEN now. */
  readonly token: () => string
  readonly appId: string
}

/** The device's token is its owner's secret; whoever holds the data folder makes passes instead. */
export async function speakerHere(as: string): Promise<Speaker> {
  const baseUrl = await runningUrl(readConfig().config.dataDir)
  return withDatabase(async (database, settings) => {
    const { device, tokenId } = await findDevice(database, as)
    const secretKey = await keyOf(settings)
    return { baseUrl, token: () => makePass(secretKey, tokenId), appId: device.app_id }
  })
}

/**
 * @param as an appId: who else is there only that gateway knows
 * @throws {WrongUsage}
 */
export function speakerElsewhere(as: string, url: string): Speaker {
  const baseUrl = gatewayUrlIn(url)
  const { token } = readConfig().secrets
  if (token === undefined)
    throw new WrongUsage(
      'With --url, put the token of that gateway into HONGYAN_TOKEN (an argument could be seen by everybody on this machine).',
    )
  return { baseUrl, token: () => token, appId: as }
}

const keyOf = ({ config, secrets }: { config: Config; secrets: Secrets }) =>
  secretKeyOf(secrets.secretKey, config.dataDir)

interface Found {
  readonly device: Device
  readonly tokenId: string
  readonly tokenName: string
}

/** @throws {Error} unless `as` names exactly one device of a live token */
async function findDevice(database: Database, as: string): Promise<Found> {
  const tokens = await liveTokens(database)
  const perToken = await Promise.all(
    tokens.map(async ({ id, name }) =>
      (await listDevices(database, id)).map((device) => ({ device, tokenId: id, tokenName: name })),
    ),
  )
  const all = perToken.flat()
  const found =
    [
      all.filter(({ device }) => device.app_id === as),
      all.filter(({ device }) => device.wxid === as),
      all.filter(({ device }) => device.nick_name === as),
    ].find(({ length }) => length > 0) ?? []
  const [one, ...more] = found
  if (!one) throw new Error(`No device has the appId, wxid or nickname ${as}; see \`hongyan device list\`.`)
  if (more.length === 0) return one
  const lines = found.map(
    ({ device, tokenName }) =>
      `  ${device.app_id}  ${device.wxid ?? '-'}  ${device.nick_name}  ${device.state}  token ${tokenName}`,
  )
  throw new Error(`${found.length} devices are called ${as}; name one by its appId:\n${lines.join('\n')}`)
}
