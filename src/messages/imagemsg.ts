import { escapeXml } from './xml-text.ts'

/** What a picture message says of its picture. */
export interface ImageMessageFacts {
  readonly fileId: string
  /** 32 hex digits; one key opens the picture and its thumbnail. */
  readonly aesKey: string
  /** Plain bytes of the picture. */
  readonly length: number
  /** md5 of the plain picture, hex. */
  readonly md5: string
  /** Pixels of the picture; left out where nobody measured them. */
  readonly width?: number
  readonly height?: number
  /** Plain bytes and pixels of the thumbnail. */
  readonly thumbLength: number
  readonly thumbWidth: number
  readonly thumbHeight: number
}

/**
 * The `Content` of a MsgType 3 message, attribute for attribute as GeWe's callbacks show it. The picture is the one
 * of normal size and its own source, so there is no `cdnbigimgurl` and both md5 are the same.
 */
export function renderImageMessage(facts: ImageMessageFacts): string {
  const fileId = escapeXml(facts.fileId)
  const aesKey = escapeXml(facts.aesKey)
  const md5 = escapeXml(facts.md5)
  return (
    `<?xml version="1.0"?>\n<msg>\n\t<img aeskey="${aesKey}" encryver="1" cdnthumbaeskey="${aesKey}"` +
    ` cdnthumburl="${fileId}" cdnthumblength="${facts.thumbLength}" cdnthumbheight="${facts.thumbHeight}"` +
    ` cdnthumbwidth="${facts.thumbWidth}" cdnmidheight="${facts.height ?? 0}"` +
    ` cdnmidwidth="${facts.width ?? 0}" cdnhdheight="0" cdnhdwidth="0" cdnmidimgurl="${fileId}"` +
    ` length="${facts.length}" md5="${md5}" hevc_mid_size="${facts.length}" originsourcemd5="${md5}" />\n` +
    `\t<platform_signature />\n\t<imgdatahash />\n` +
    `\t<ImgSourceInfo>\n\t\t<ImgSourceUrl />\n\t\t<BizType>0</BizType>\n\t</ImgSourceInfo>\n</msg>\n`
  )
}
