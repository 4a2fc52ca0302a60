import { ownDevice } from '../devices/queries.ts'
import { GatewayError } from '../errors.ts'
import type { Feed } from '../feed.ts'
import { type Mountable, route } from '../http/route.ts'
import { type DevicesDeps, viewDevice, viewDevices } from './device-views.ts'
import * as schema from './schema.ts'

interface DeviceRoutes extends DevicesDeps {
  readonly feed: Feed
}

const tag = '控制台'
/** What moves a terminal or breaks a line, and half characters. */
const unshowable = /[\p{Cc}\p{Cs}]/u

/** Who the token speaks as. */
export function deviceRoutes(deps: DeviceRoutes): readonly Mountable[] {
  const { database, feed } = deps
  return [
    route({
      url: '/console/devices',
      tag,
      summary: '设备列表',
      failure: '查询失败',
      body: schema.nothing,
      data: schema.devices,
      handle: (_body, { caller }) => viewDevices(deps, caller.tokenId),
    }),
    route({
      url: '/console/renameDevice',
      tag,
      summary: '修改设备昵称',
      failure: '修改昵称失败',
      body: schema.renameRequest,
      data: schema.device,
      async handle({ appId, nickName }, { caller: { tokenId } }) {
        const name = nickName.trim()
        if (name === '' || unshowable.test(name))
          throw new GatewayError('request_invalid', {
            reason: 'nickName 不能为空，也不能含有控制字符，请改正',
          })
        const device = await ownDevice(database, tokenId, appId)
        const rename = database.sql.updateTable('devices').set({ nick_name: name })
        await rename.where('app_id', '=', appId).where('token_id', '=', tokenId).execute()
        feed.publish(tokenId, 'device', { appId })
        return viewDevice(deps, { ...device, nick_name: name })
      },
    }),
  ]
}
