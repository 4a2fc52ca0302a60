import { GatewayError } from '../errors.ts'

/** Plain bytes at rest, read in any order. */
export interface RandomAccess {
  /** Bytes in all. */
  readonly length: number
  /** The bytes of [start, end); both within [0, length]. */
  read(start: number, end: number): Promise<Buffer>
}

const windowBytes = 64 * 1024
const maxWindows = 1024
/** Many times what a real file needs; 64 KiB hold 32,000 empty elements, each a turn for nobody else. */
const maxTakes = 20_000

/** Says in the caller's words why a video's bytes cannot be read as what they claim to be. */
export function malformed(reason: string): GatewayError {
  return new GatewayError('video_invalid', { reason: `视频文件无法解析：${reason}，请检查源文件后重新上传` })
}

/**
 * Small reads out of one 64 KiB window over a source, for parsers that hop from header to header. However the
 * bytes lie, no more than 1024 windows (64 MiB) are read, one at a time, and 20,000 reads served.
 */
export class Window {
  readonly length: number
  readonly #source: RandomAccess
  readonly #signal: AbortSignal
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)
  #left = maxWindows
  #takesLeft = maxTakes

  /** @param signal gives up a read that does not end */
  constructor(source: RandomAccess, signal: AbortSignal) {
    this.length = source.length
    this.#source = source
    this.#signal = signal
  }

  /**
   * `count` bytes from `start`, at most 64 KiB. Valid until the next call.
   * @throws {GatewayError} `video_invalid` past the end or past the limit, `storage_failed` when the time is up
   */
  async take(start: number, count: number): Promise<Buffer> {
    if (count > windowBytes) throw malformed('元数据过大')
    if (this.#takesLeft-- === 0) throw malformed('文件结构异常，条目过多')
    if (start + count > this.length) throw malformed('文件不完整')
    const from = start - this.#start
    if (from < 0 || from + count > this.#bytes.length) {
      await this.#load(start)
      return this.#bytes.subarray(0, count)
    }
    return this.#bytes.subarray(from, from + count)
  }

  async #load(start: number): Promise<void> {
    if (this.#left-- === 0) throw malformed('文件结构异常，元数据过于分散')
    const end = Math.min(start + windowBytes, this.length)
    const bytes = await beforeAbort(this.#source.read(start, end), this.#signal)
    if (bytes.length !== end - start) throw new GatewayError('storage_failed')
    this.#bytes = bytes
    this.#start = start
  }
}

/** Waits for `read` no longer than `signal` allows; a later failure of the abandoned read stays silent. */
async function beforeAbort(read: Promise<Buffer>, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new GatewayError('storage_failed', { reason: '读取视频超时，请稍后重试', cause: signal.reason }))
    }
    read.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}
