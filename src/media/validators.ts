import type { Fetched } from '../outbound/outbound.ts'
import type { KnownSource } from './queries.ts'

/** What an origin gave to ask again with; both absent where it gave nothing. */
export interface Validators {
  readonly etag: string | null
  readonly lastModified: string | null
}

/** Longer ones are not kept: no server needs them, and each is a row. */
const MAX_VALIDATOR = 512

export function validatorsOf(fetched: Fetched): Validators {
  return { etag: short(fetched.etag), lastModified: short(fetched.lastModified) }
}

function short(value: string | undefined): string | null {
  return value && value.length <= MAX_VALIDATOR ? value : null
}

/** The headers that let the origin answer 304 for what is already here. */
export function conditional(known: KnownSource | undefined): Record<string, string> {
  if (known?.etag) return { 'if-none-match': known.etag }
  if (known?.lastModified) return { 'if-modified-since': known.lastModified }
  return {}
}
