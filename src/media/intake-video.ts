import type { Blobs } from '../blobs/blobs.ts'
import { GatewayError } from '../errors.ts'
import type { Fetched, Outbound } from '../outbound/outbound.ts'
import type { Digests } from './digests.ts'
import { peek } from './peek.ts'
import type { KnownSource } from './queries.ts'
import { createSeal, newAesKey } from './seal.ts'
import { sniffVideo } from './sniff.ts'
import { StagedVideo } from './staged-video.ts'
import { conditional, validatorsOf } from './validators.ts'

/** So many first bytes tell the type of a file. */
const HEAD_BYTES = 4100

export interface VideoIntake {
  readonly outbound: Outbound
  readonly blobs: Blobs
  readonly digests: Digests
  readonly maxBytes: number
}

/**
 * Fetches `url` once and stages it sealed; bytes pass through and are never held whole.
 * @param known what the URL brought before; the origin may then answer that it has not changed
 * @returns the staged video, or undefined when it has not changed
 * @throws {GatewayError} url_*, fetch_*, video_invalid, storage_*
 */
export async function takeVideo(
  { outbound, blobs, digests, maxBytes }: VideoIntake,
  url: string,
  known: KnownSource | undefined,
  signal: AbortSignal,
): Promise<StagedVideo | undefined> {
  const headers = conditional(known)
  const fetched = await outbound.get(url, { headers, maxBytes, signal, subject: 'videoUrl' })
  if (fetched.status === 304) return undefined

  const digest = digests.start()
  try {
    const { head, whole } = await peek(fetched.body, HEAD_BYTES)
    const type = await sniffVideo(head)
    if (!type) throw new GatewayError('video_invalid', { reason: notAVideo(fetched) })
    const aesKey = newAesKey()
    let length = 0
    const sealed = async function* () {
      const seal = createSeal(aesKey)
      for await (const chunk of whole) {
        length += chunk.length
        const busy = digest.update(chunk)
        if (busy) await busy
        yield seal.update(chunk)
      }
      yield seal.final()
    }
    const staged = await blobs.stage(sealed())
    try {
      const digested = await digest.finish()
      return new StagedVideo(blobs, {
        staged,
        aesKey,
        length,
        digests: digested,
        type,
        validators: validatorsOf(fetched),
      })
    } catch (error) {
      await staged.discard()
      throw error
    }
  } finally {
    digest.drop()
    fetched.cancel()
  }
}

function notAVideo({ contentType }: Fetched): string {
  const said = contentType ? `（对方声明的类型是 ${contentType.slice(0, 80)}）` : ''
  return `videoUrl 返回的内容不是视频${said}，请确认链接能直接下载到视频文件`
}
