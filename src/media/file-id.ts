import { createHash } from 'node:crypto'
import { fromBER, Integer, OctetString, Sequence } from 'asn1js'
import type { MediaKind } from '../database/tables-media.ts'

/** What a file id is made of. */
export interface FileIdFacts {
  /** Text form, 36 characters: the part that makes the id unique. */
  readonly uuid: string
  /** Time of upload, Unix seconds, 1970-04-08 to 2105-11-02 (what four DER bytes hold). */
  readonly unixSeconds: number
  /** Whose upload it is; the id shows only a digest of it. */
  readonly account: string
  /** What it is the id of; a video unless told. */
  readonly kind?: MediaKind
}

/** What a file id tells: how WeChat names its uploads, and so do we. */
export interface FileIdContent {
  readonly uuid: string
  readonly unixSeconds: number
}

/** The low byte of the flags, as GeWe's samples have it (contract 4.4). */
const kindFlag: Readonly<Record<MediaKind, number>> = { image: 0x02, video: 0x04, file: 0x05, voice: 0x0f }

const minSeconds = 0x00800000
const maxSeconds = 0xff7fffff
const maxDigits = 1024
const uuidPattern = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * A CDN file id of the shape WeChat returns from a send: 168 lower-case hex digits, DER, decoded from the samples
 * in GeWe's documents. Of the seven inner integers two are constant zeros, one is the time, one the flags; the
 * other three stay the same for an account there, so here they come from its digest.
 *
 * @throws RangeError when the uuid or the time cannot be written in that shape
 */
export function makeFileId({ uuid, unixSeconds, account, kind = 'video' }: FileIdFacts): string {
  if (!uuidPattern.test(uuid)) throw new RangeError('a file id needs a uuid in text form')
  if (!Number.isInteger(unixSeconds) || unixSeconds < minSeconds || unixSeconds > maxSeconds) {
    throw new RangeError(`a file id cannot hold the time ${unixSeconds}`)
  }
  const digest = createHash('sha256').update(account).digest()
  const time = Buffer.alloc(4)
  time.writeUInt32BE(unixSeconds)
  const zero = new Integer({ value: 0 })
  const inner = new Sequence({
    value: [
      zero,
      fixedInteger(digest.subarray(0, 4)),
      fixedInteger(digest.subarray(4, 7)),
      fixedInteger(digest.subarray(7, 11)),
      new Integer({ valueHex: time }),
      new OctetString({ valueHex: Buffer.from(uuid.toLowerCase(), 'latin1') }),
      new Integer({ valueHex: Uint8Array.of(0x01, 0x24, 0x00, kindFlag[kind]) }),
      zero,
    ],
  })
  const outer = new Sequence({
    value: [
      zero,
      new OctetString({ valueHex: inner.toBER() }),
      new OctetString({ valueHex: new Uint8Array() }),
    ],
  })
  return Buffer.from(outer.toBER()).toString('hex')
}

/**
 * Reads any file id of that shape, ours or WeChat's: ids in received XML have a filled last octet string, a voice
 * has bytes behind the structure. Documents show damaged ids, so undefined is an ordinary answer, and an id
 * need not be readable to be valid. At most 1024 digits.
 */
export function readFileId(hex: string): FileIdContent | undefined {
  if (hex.length > maxDigits || hex.length % 2 !== 0 || !/^[\da-f]+$/i.test(hex)) return undefined
  const outer = sequenceOf(Buffer.from(hex, 'hex'), 3)
  const wrapped = outer?.[1]
  if (!(outer?.[0] instanceof Integer && wrapped instanceof OctetString && outer[2] instanceof OctetString)) {
    return undefined
  }
  const inner = sequenceOf(wrapped.valueBlock.valueHexView, 8)
  const name = inner?.[5]
  const integers = inner?.filter((member) => member instanceof Integer) ?? []
  const time = integers[4]
  if (time === undefined || integers.length !== 7 || !(name instanceof OctetString)) return undefined
  const bytes = Buffer.from(time.valueBlock.valueHexView)
  const uuid = Buffer.from(name.valueBlock.valueHexView).toString('latin1')
  if (bytes.length !== 4 || !uuidPattern.test(uuid)) return undefined
  // Unsigned, though DER says signed: four bytes then last beyond 2038.
  return { uuid, unixSeconds: bytes.readUInt32BE() }
}

/** A positive integer whose DER has exactly as many bytes as given: top bit clear, first byte not zero. */
function fixedInteger(bytes: Uint8Array): Integer {
  const valueHex = Uint8Array.from(bytes, (byte, index) => (index === 0 ? (byte & 0x7f) | 0x20 : byte))
  return new Integer({ valueHex })
}

/** The members of a sequence of exactly that many at the start of the bytes. */
function sequenceOf(bytes: Uint8Array, members: number): readonly unknown[] | undefined {
  try {
    const { offset, result } = fromBER(bytes, { maxDepth: 4, maxNodes: 32, parseEmbedded: false })
    if (offset < 0 || !(result instanceof Sequence)) return undefined
    return result.valueBlock.value.length === members ? result.valueBlock.value : undefined
  } catch {
    return undefined
  }
}
