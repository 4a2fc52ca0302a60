/** What a box says of its own length, where that is a lie. */
export interface BoxLie {
  readonly type: string
  /** The 32-bit size; 1 says that a 64-bit one follows. */
  readonly size: number
  readonly wide?: bigint
}

/** An ISO-BMFF box, its length told as it is or as the lie has it. */
export function box(of: string | BoxLie, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const { type, size, wide } =
    typeof of === 'string' ? { type: of, size: body.length + 8, wide: undefined } : of
  const head = Buffer.alloc(wide === undefined ? 8 : 16)
  head.writeUInt32BE(size)
  head.write(type.padEnd(4).slice(0, 4), 4, 'latin1')
  if (wide !== undefined) head.writeBigUInt64BE(wide, 8)
  return Buffer.concat([head, body])
}

/** An EBML element, its length told in eight bytes, as it is or as `lie` has it; `size` may be any bytes instead. */
export function element(id: string, content: Buffer = Buffer.alloc(0), lie?: number | Buffer): Buffer {
  const size = Buffer.isBuffer(lie) ? lie : Buffer.alloc(8)
  if (!Buffer.isBuffer(lie)) {
    size.writeBigUInt64BE(BigInt(lie ?? content.length))
    size[0] = 0x01
  }
  return Buffer.concat([Buffer.from(id, 'hex'), size, content])
}
