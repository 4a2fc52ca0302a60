import { escapeXml } from './xml-text.ts'

/** What a voice message says of its sound. */
export interface VoiceMessageFacts {
  readonly fileId: string
  /** 32 hex digits. */
  readonly aesKey: string
  /** Milliseconds, where a video's message counts seconds. */
  readonly durationMs: number
  /** Plain bytes of the silk file. */
  readonly length: number
  /** md5 of the plain silk file, hex. */
  readonly md5: string
  readonly fromWxid: string
  /** The sender's own name for the message. */
  readonly clientMsgId: string
}

/** The `Content` of a MsgType 34 message, attribute for attribute as GeWe's callbacks show it. Format 4 is silk. */
export function renderVoiceMessage(facts: VoiceMessageFacts): string {
  return (
    `<msg><voicemsg endflag="1" cancelflag="0" forwardflag="0" voiceformat="4"` +
    ` voicelength="${facts.durationMs}" length="${facts.length}" bufid="0"` +
    ` aeskey="${escapeXml(facts.aesKey)}" voiceurl="${escapeXml(facts.fileId)}"` +
    ` voicemd5="${escapeXml(facts.md5)}" clientmsgid="${escapeXml(facts.clientMsgId)}"` +
    ` fromusername="${escapeXml(facts.fromWxid)}" /></msg>`
  )
}
