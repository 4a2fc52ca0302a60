/** Names of uint64 fields that come as bare numbers beyond 2^53 (sheet 4.4). */
const ids = new Set(['"message_id"', '"msg_id"', '"svr_id"'])
const bareId = /\s*:\s*(\d+)(?=\s*[,}])/y

/**
 * Parses JSON in which bare numbers of `message_id`, `msg_id` and `svr_id` become strings, digit by digit as they
 * came. What looks so inside a text stays as it is. Time grows with the length alone.
 * @throws {SyntaxError} as JSON.parse does
 */
export function parseLossless(text: string): unknown {
  const pieces: string[] = []
  let copied = 0
  let start = text.indexOf('"')
  while (start >= 0) {
    const end = endOfString(text, start)
    // Too long for a name is not worth cutting out.
    if (end - start <= 12 && ids.has(text.slice(start, end))) {
      bareId.lastIndex = end
      const digits = bareId.exec(text)?.[1]
      if (digits !== undefined) {
        const numberEnd = bareId.lastIndex
        pieces.push(text.slice(copied, numberEnd - digits.length), `"${digits}"`)
        copied = numberEnd
      }
    }
    start = text.indexOf('"', end)
  }
  const whole = copied === 0 ? text : pieces.join('') + text.slice(copied)
  return JSON.parse(whole)
}

/** Behind the closing quote of the string that opens at `start`; the end of the text when it never closes. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return quote + 1
  }
  return text.length
}
