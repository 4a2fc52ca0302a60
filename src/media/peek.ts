/**
 * Looks at the first bytes of a stream and gives the whole back.
 * @returns `head`, at least `bytes` long unless the stream is shorter, and `whole`, which may be read once
 */
export async function peek(
  source: AsyncIterable<Buffer>,
  bytes: number,
): Promise<{ readonly head: Buffer; readonly whole: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let length = 0
  while (length < bytes) {
    const next = await iterator.next()
    if (next.done) break
    first.push(next.value)
    length += next.value.length
  }
  const whole = async function* () {
    try {
      yield* first
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  const only = first.length === 1 ? first[0] : undefined
  return { head: only ?? Buffer.concat(first), whole: whole() }
}
