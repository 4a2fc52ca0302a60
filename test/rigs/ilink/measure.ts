import { createDecipheriv, createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

interface MeasureOptions {
  /** Hex; `undefined` skips decrypting and hashing. */
  readonly key: string | undefined
  /** Not faster than this, looked up for every chunk. */
  bytesPerSecond(): number | undefined
  /** Told the bytes so far; `true` ends the stream with an error. */
  onBytes(total: number): boolean
}

/** Passes ciphertext through and learns the md5 of what is in it, in constant memory. */
export function createMeasure({ key, bytesPerSecond, onBytes }: MeasureOptions) {
  const decipher =
    key === undefined ? undefined : createDecipheriv('aes-128-ecb', Buffer.from(key, 'hex'), null)
  const hash = createHash('md5')
  const started = performance.now()
  let total = 0
  let broken = false
  let md5: string | undefined

  const stream = new Transform({
    transform(part: Buffer, _encoding, next) {
      total += part.length
      if (onBytes(total)) {
        next(new Error('cut'))
        return
      }
      if (decipher) hash.update(decipher.update(part))
      const rate = bytesPerSecond()
      const early = rate === undefined ? 0 : (total / rate) * 1000 - (performance.now() - started)
      if (early < 1) next(null, part)
      else void sleep(early, undefined, { ref: false }).then(() => next(null, part))
    },
    flush(next) {
      try {
        if (decipher) hash.update(decipher.final())
      } catch {
        broken = true
      }
      md5 = hash.digest('hex')
      next()
    },
  })
  return {
    stream,
    /** After the end: why the bytes are not those that were announced. */
    fault(expectedMd5: string): string | undefined {
      if (!decipher) return undefined
      if (broken) return 'the declared key does not open the bytes'
      return md5 === expectedMd5 ? undefined : 'the plain bytes do not have the declared md5'
    },
  }
}
