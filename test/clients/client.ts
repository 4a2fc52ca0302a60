import type { TestDevice } from '../rigs/gateway.ts'

/** What a program's owner writes into its configuration, and where its media lie. */
export interface Site {
  /** Scheme, host and port; each program adds the path it is used to. */
  readonly baseUrl: string
  /** The second port, that of the free image's files. */
  readonly downloadUrl: string
  /** For programs that are given one. */
  readonly token: string
  /** For programs that are given one and never log in themselves. */
  readonly device: TestDevice
  readonly mediaUrl: string
}

/** A message as the program understood its callback. */
export interface Heard {
  readonly kind: 'text' | 'image' | 'video' | 'revoke' | 'other'
  /** The digits of `NewMsgId`, however the program keeps them. */
  readonly id: string
  readonly from: string
  readonly content: string
}

/** A program that speaks GeWe, run by its habits. Every step throws what the program itself would not get over. */
export interface Client {
  /** The bodies its server was sent, the test of setCallback first. */
  readonly told: readonly string[]
  /** What the program does at its start, until a device is online; the second time it has the appId of the first. */
  login(): Promise<TestDevice>
  setCallback(): Promise<void>
  /** What its own device received. */
  heard(): readonly Heard[]
  /** Sends what it can send of a video; answers the digits of the newMsgId it would take the message back with. */
  send(toWxid: string): Promise<string>
  download(message: Heard): Promise<Buffer>
  /** Withdraws what it sent. */
  revoke(toWxid: string): Promise<void>
  close(): Promise<void>
}

/** Which program it is, and what there is of it to prove. */
export interface Script {
  readonly name: string
  /** What it wants of HONGYAN_CALLBACK_FORM. */
  readonly form: 'capital' | 'lower' | 'flat'
  /** It has no call of its own for these, and the reason. */
  readonly lacks?: Partial<Record<'login' | 'download' | 'revoke', string>>
  /** The best that it has a call for. */
  readonly sends: 'video' | 'text'
  readonly downloads: 'video' | 'image'
  start(site: Site): Promise<Client>
}
