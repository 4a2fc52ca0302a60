import { randomBytes, randomUUID } from 'node:crypto'
import type { Arrival, InsideChannel, Outgoing } from '../channel.ts'

/** A QR code is good for so long (contract 2.7), seconds. */
const QR_SECONDS = 120

/** The closed network inside the gateway: whoever asks is logged in, and messages arrive where they are sent. */
export const localChannel: InsideChannel = {
  name: 'local',
  kind: 'inside',
  capabilities: { chatrooms: true, revoke: true },

  startLogin() {
    const uuid = randomUUID().replaceAll('-', '')
    return Promise.resolve({ uuid, qrData: `http://weixin.qq.com/x/${uuid}`, seconds: QR_SECONDS })
  },

  checkLogin({ wxid, nickName }) {
    return Promise.resolve({ status: 2, account: { wxid: wxid ?? newWxid(), nickName } })
  },

  deliver({ fromWxid, toWxid, members, content }: Outgoing): readonly Arrival[] {
    if (!members) return [{ wxid: toWxid, fromWxid, content }]
    const others = members.filter((wxid) => wxid !== fromWxid)
    // A group message names its sender in front (contract 3.2).
    return others.map((wxid) => ({ wxid, fromWxid: toWxid, content: `${fromWxid}:\n${content}` }))
  },
}

/** `wxid_` and 14 letters or digits, as WeChat's are. */
function newWxid(): string {
  const text = BigInt(`0x${randomBytes(12).toString('hex')}`).toString(36)
  return `wxid_${text.padStart(14, '0').slice(-14)}`
}
