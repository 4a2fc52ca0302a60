/* How programs take replies apart. What is missing or of another type throws, as it would in a typed language. */

/** A value inside a JSON document; undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Object.entries(found).find(([name]) => name === String(step))?.[1]
  }
  return found
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  if (typeof found === 'string') return found
  throw new TypeError(`${path.join('.')} should be text, not ${JSON.stringify(found)}`)
}

export function integerAt(value: unknown, ...path: readonly (string | number)[]): number {
  const found = at(value, ...path)
  if (typeof found === 'number' && Number.isInteger(found)) return found
  throw new TypeError(`${path.join('.')} should be an integer, not ${JSON.stringify(found)}`)
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path)
  if (Array.isArray(found)) return found
  throw new TypeError(`${path.join('.')} should be a list, not ${JSON.stringify(found)}`)
}

/** A key that must be there, whose value may be null. */
export function nullableTextAt(value: unknown, ...path: readonly (string | number)[]): string | null {
  return at(value, ...path) === null ? null : textAt(value, ...path)
}

/** An id as the program would write it down: of a number, or of the digits kept as text. */
export function idAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  const id = typeof found === 'number' ? String(found) : found
  if (typeof id === 'string' && /^\d+$/.test(id)) return id
  throw new TypeError(`${path.join('.')} should be an id, not ${JSON.stringify(found)}`)
}

/** Parses as languages with integers of any size do: those that a double may round are kept as their digits. */
export function parseExactly(text: string, fromDigits = 16): unknown {
  const long = new RegExp(`([:[,]\\s*)(\\d{${fromDigits},})(?=\\s*[,\\]}])`, 'g')
  return JSON.parse(text.replace(long, '$1"$2"'))
}

/** The `data` of a reply, of programs that take `null` there for a dictionary and fail. */
export function dataOf(reply: unknown): unknown {
  const data = at(reply, 'data')
  if (data === null) throw new TypeError('data is null')
  return data
}
