import { escapeXml } from './xml-text.ts'

/** What a video message says of its video. */
export interface VideoMessageFacts {
  readonly fileId: string
  /** 32 hex digits; one key opens the video and its thumbnail. */
  readonly aesKey: string
  readonly fromWxid: string
  /** Plain bytes of the video. */
  readonly length: number
  /** Whole seconds. */
  readonly playSeconds: number
  /** md5 of the plain video, hex. */
  readonly md5: string
  /** Plain bytes and pixels of the thumbnail. */
  readonly thumbLength: number
  readonly thumbWidth: number
  readonly thumbHeight: number
}

/**
 * The `Content` of a MsgType 43 message, attribute for attribute as GeWe's callbacks show it. The video and its
 * thumbnail carry the same file id and key.
 */
export function renderVideoMessage(facts: VideoMessageFacts): string {
  const fileId = escapeXml(facts.fileId)
  const aesKey = escapeXml(facts.aesKey)
  return (
    `<?xml version="1.0"?>\n<msg>\n\t<videomsg aeskey="${aesKey}" cdnvideourl="${fileId}"` +
    ` cdnthumbaeskey="${aesKey}" cdnthumburl="${fileId}" length="${facts.length}"` +
    ` playlength="${facts.playSeconds}" cdnthumblength="${facts.thumbLength}"` +
    ` cdnthumbwidth="${facts.thumbWidth}" cdnthumbheight="${facts.thumbHeight}"` +
    ` fromusername="${escapeXml(facts.fromWxid)}" md5="${escapeXml(facts.md5)}" newmd5="" isplaceholder="0"` +
    ` rawmd5="" rawlength="0" cdnrawvideourl="" cdnrawvideoaeskey="" overwritenewmsgid="0"` +
    ` originsourcemd5="" isad="0" />\n</msg>\n`
  )
}
