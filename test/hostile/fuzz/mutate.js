// @ts-check
import { mutateJson } from './mutate-json.js'

/** Numbers at which lengths and counts go wrong. */
const edges = [
  0, 1, 2, 7, 8, 9, 15, 16, 17, 0x7f, 0x80, 0x81, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
]

/**
 * Makes inputs out of kept ones.
 * @param {(below: number) => number} random
 * @param {readonly Buffer[]} kept grows meanwhile
 * @param {readonly string[]} words
 * @param {{ maxLength: number, json: boolean }} options
 * @returns {() => Buffer}
 */
export function createMutator(random, kept, words, { maxLength, json }) {
  const pick = () => kept[random(kept.length)] ?? Buffer.alloc(0)
  const word = () => Buffer.from(words[random(words.length)] ?? '', 'latin1')

  /** @type {((bytes: Buffer) => Buffer)[]} */
  const ways = [
    (bytes) => written(bytes, 1, (at) => bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << random(8)), at)),
    (bytes) => written(bytes, 1, (at) => bytes.writeUInt8(random(256), at)),
    (bytes) => written(bytes, 1, (at) => bytes.writeUInt8((edges[random(13)] ?? 0) & 0xff, at)),
    (bytes) => written(bytes, 2, (at) => bytes.writeUInt16BE((edges[random(15)] ?? 0) & 0xffff, at)),
    (bytes) => written(bytes, 4, (at) => bytes.writeUInt32BE(edges[random(edges.length)] ?? 0, at)),
    (bytes) => written(bytes, 4, (at) => bytes.writeUInt32LE(edges[random(edges.length)] ?? 0, at)),
    (bytes) => replaced(bytes, random(bytes.length + 1), random(9), Buffer.alloc(0)),
    (bytes) => replaced(bytes, random(bytes.length + 1), 0, Buffer.alloc(random(9), random(256))),
    (bytes) => replaced(bytes, random(bytes.length + 1), random(2) * 4, word()),
    (bytes) => replaced(bytes, random(bytes.length + 1), 0, word()),
    (bytes) => bytes.subarray(0, random(bytes.length + 1)),
    (bytes) => {
      const [from, to] = [random(bytes.length + 1), random(bytes.length + 1)]
      return replaced(bytes, to, 0, bytes.subarray(from, from + random(64)))
    },
    (bytes) => {
      const other = pick()
      return Buffer.concat([
        bytes.subarray(0, random(bytes.length + 1)),
        other.subarray(random(other.length + 1)),
      ])
    },
    (bytes) => {
      const piece = bytes.subarray(random(bytes.length + 1)).subarray(0, 1 + random(16))
      return piece.length === 0
        ? bytes
        : replaced(bytes, random(bytes.length + 1), 0, repeated(piece, 1 + random(2000)))
    },
  ]

  /** @param {Buffer} bytes @param {number} size @param {(at: number) => void} write */
  function written(bytes, size, write) {
    // Headers are where parsers look: half of all damage goes to the first 256 bytes.
    const room = bytes.length - size + 1
    if (room > 0) write(random(random(2) === 0 ? Math.min(room, 256) : room))
    return bytes
  }

  const mutated = (/** @type {Buffer} */ bytes) => mutateJson(random, bytes)

  return () => {
    let bytes = Buffer.from(pick())
    const structured = json && random(4) > 0
    for (let left = 1 + random(4); left > 0; left--) {
      const way = structured ? mutated : ways[random(ways.length)]
      if (way) bytes = Buffer.from(way(bytes).subarray(0, maxLength))
    }
    return bytes
  }
}

/** @param {Buffer} bytes @param {number} at @param {number} cut @param {Buffer} put */
function replaced(bytes, at, cut, put) {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
}

/** @param {Buffer} piece @param {number} times */
function repeated(piece, times) {
  return Buffer.alloc(piece.length * times, piece)
}
