/** A JSON object of unknown shape. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object in this field, or one without fields. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}

/** The object that this JSON text holds, or one without fields: the driver's own notes come back from a database. */
export function fieldsOfJson(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return {}
  }
}

/** The text, or undefined for anything else and for the empty one. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? storable(value) : undefined
}

/** No database holds a NUL, and no address half a character: one that a stranger wrote must stop nothing. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, '\ufffd')
}

/** A number, or decimal digits in a text: the network's documents and its answers differ in that. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return Number(value)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A number that counts something, or undefined: also for zero, which the network writes for "not known". */
export function countOf(value: unknown): number | undefined {
  const number = numberOf(value)
  return number !== undefined && number > 0 && Number.isSafeInteger(number) ? number : undefined
}

/** A uint64 id as decimal digits (sheet 4.4), or undefined; zero names nothing. */
export function idOf(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && /^[1-9]\d{0,19}$/.test(text) ? text : undefined
}

/** 32 hex digits in lower case, or undefined. */
export function hex32Of(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value) ? value.toLowerCase() : undefined
}
