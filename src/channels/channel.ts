/** What a driver is told about the device that it works for. */
export interface ChannelDevice {
  readonly appId: string
  readonly nickName: string
  /** Once logged in. */
  readonly wxid: string | undefined
}

/** A login that a person, or nobody, has to confirm. */
export interface LoginStart {
  readonly uuid: string
  /** What the QR code says. */
  readonly qrData: string
  /** Good for so long, seconds. */
  readonly seconds: number
}

/** How a login stands, in the contract's numbers (2.7). */
export type LoginState =
  | { readonly status: 0 | 1 | 4 }
  | { readonly status: 2; readonly account: { readonly wxid: string; readonly nickName: string } }

/** One message on its way out. */
export interface Outgoing {
  readonly fromWxid: string
  readonly toWxid: string
  /** Members of `toWxid` where it is a chatroom, the sender included. */
  readonly members: readonly string[] | undefined
  readonly msgType: number
  readonly content: string
}

/** What a device receives of it. */
export interface Arrival {
  readonly wxid: string
  /** Whom it comes from, as the receiver sees it: the sender, or the chatroom. */
  readonly fromWxid: string
  readonly content: string
}

/**
 * A way for a device's messages to leave and arrive. A driver knows nothing of rows, blobs or routes.
 */
export interface Channel {
  readonly name: string
  readonly capabilities: {
    readonly chatrooms: boolean
    readonly revoke: boolean
  }
  startLogin(device: ChannelDevice): Promise<LoginStart>
  checkLogin(device: ChannelDevice, uuid: string): Promise<LoginState>
  /**
   * What arrives where. The arrivals become rows in the same unit as the message itself, so a driver whose messages
   * leave the process does not belong here but in a job of its own.
   */
  deliver(outgoing: Outgoing): readonly Arrival[]
}
