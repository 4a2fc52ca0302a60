import { type IlinkServer, startIlinkServer } from '../rigs/ilink-server.ts'
import { ilinkEnv } from '../rigs/ilink-world.ts'
import { type GatewayProcess, token, until } from '../rigs/process.ts'
import { type Receiver, startReceiver } from '../rigs/receiver.ts'

/** Tencent's side and a caller's server, for gateways that are processes of their own. */
export interface IlinkSide {
  readonly rig: IlinkServer
  readonly receiver: Receiver
  readonly env: Record<string, string>
  close(): Promise<void>
}

export async function startIlinkSide(): Promise<IlinkSide> {
  const rig = await startIlinkServer({ holdMs: 500, qrHoldMs: 100 })
  const receiver = await startReceiver()
  return {
    rig,
    receiver,
    env: ilinkEnv(rig),
    async close() {
      await receiver.close()
      await rig.close()
    },
  }
}

/** A device, logged in by scanning, that a phone has written to. */
export async function readyDevice({ rig, receiver }: IlinkSide, { post }: GatewayProcess) {
  await post('/tools/setCallback', { token, callbackUrl: receiver.url })
  const phone = rig.phone()
  const { data } = await post<{ appId: string; uuid: string; qrData: string }>('/login/getLoginQrCode', {
    appId: '',
  })
  phone.scan(data.qrData)
  const { botId } = phone.confirm(data.qrData)
  await until('the device is online', async () => {
    const online = await post('/login/checkOnline', { appId: data.appId })
    return (online.data as unknown) === true || undefined
  })
  phone.write(botId, { text: 'hello' })
  await until('the gateway has heard it', () => texts(receiver).includes('hello') || undefined)
  return { appId: data.appId, botId, phone }
}

/** The texts that the caller's server was told, in order, each as often as it was told under an id of its own. */
export function texts({ events }: Receiver): string[] {
  const byId = new Map<number, string>()
  for (const { body } of events) {
    const data = body.Data as { NewMsgId: number; Content: { string: string } } | undefined
    if (data) byId.set(data.NewMsgId, data.Content.string)
  }
  return [...byId.values()]
}
