import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** How one environment variable is read. `parse` throws a plain Error whose message says what would be right. */
export interface Setting<T> {
  readonly name: string
  /** Shown in `env.example` as the commented-out value. */
  readonly example: string
  readonly doc: string
  readonly secret?: boolean
  readonly parse: (text: string | undefined) => T
}

/** A row of the table, with the type of what it reads. */
export const define = <T>(setting: Setting<T>): Setting<T> => setting

/** In milliseconds. */
export const seconds = 1000
export const hours = 3600 * seconds

const units: Record<string, number> = {
  '': 1,
  B: 1,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
}

/** A whole number in [min, max]; with `unit: 'bytes'` a KiB, MiB, GiB or TiB suffix is understood. */
export function whole(fallback: number, min: number, max: number, unit?: 'bytes') {
  return (text: string | undefined): number => {
    if (text === undefined) return fallback
    const match = /^(\d{1,15})\s*([A-Za-z]{0,3})$/.exec(text)
    const factor = match && units[unit === 'bytes' ? (match[2] ?? '').toUpperCase() : (match[2] ?? '') && '?']
    const value = match && factor ? Number(match[1]) * factor : Number.NaN
    if (value >= min && value <= max) return value
    throw new Error(`a whole number from ${min} to ${max}${unit ? ', with an optional KiB, MiB or GiB' : ''}`)
  }
}

/** One of the listed words. */
export function oneOf<const T extends string>(fallback: T, ...words: readonly T[]) {
  return (text: string | undefined): T => {
    if (text === undefined) return fallback
    const found = [fallback, ...words].find((word) => word === text)
    if (found !== undefined) return found
    throw new Error(`one of ${[...new Set([fallback, ...words])].join(', ')}`)
  }
}

/** Text with a default. */
export const textOr = (fallback: string) => (value: string | undefined) => value ?? fallback

/** A caller's token: 16 to 128 characters that survive an HTTP header. */
export function token(value: string | undefined): string | undefined {
  if (value === undefined || /^[\w.~+/=-]{16,128}$/.test(value)) return value
  throw new Error('16 to 128 letters, digits or any of . _ ~ + / = -')
}

/** The key that everything else is derived from: 32 bytes as 64 hex digits. */
export function secretKey(value: string | undefined): Buffer | undefined {
  if (value === undefined) return undefined
  if (/^[0-9a-f]{64}$/i.test(value)) return Buffer.from(value, 'hex')
  throw new Error('64 hex digits (openssl rand -hex 32)')
}

/** A list of CIDR ranges or single addresses, comma-separated. */
export function ranges(value: string | undefined): readonly string[] {
  const list = (value ?? '').split(',').map((entry) => entry.trim())
  return list.filter(Boolean).map((entry) => {
    const cidr = entry.includes('/') ? entry : `${entry}/${isIP(entry) === 6 ? 128 : 32}`
    // The parser reads 10/8 as 0.0.0.10/8 and 010.0.0.0 as octal.
    if (!isIP(cidr.slice(0, cidr.indexOf('/'))) || !ipaddr.isValidCIDR(cidr))
      throw new Error('CIDR ranges separated by commas, such as 10.0.0.0/8,::1/128')
    return cidr
  })
}

/**
 * A URL whose protocol is one of `protocols`, without fragment; undefined when absent. A web address has no query, since
 * paths are put behind it, and a folder no host.
 */
export function url(...protocols: readonly string[]) {
  return (value: string | undefined): URL | undefined => {
    if (value === undefined) return undefined
    const parsed = URL.canParse(value) ? new URL(value) : undefined
    if (parsed && protocols.includes(parsed.protocol) && !parsed.hash && isPlain(parsed)) return parsed
    throw new Error(`a URL that starts with ${protocols.join(' or ')}`)
  }
}

/** Like `url`, with a default. */
export function urlOr(fallback: string, ...protocols: readonly string[]) {
  const parse = url(...protocols)
  return (value: string | undefined): URL => parse(value) ?? new URL(fallback)
}

/** Three numbers of up to 255, as `2.4.9`. */
export function version(fallback: string) {
  return (value = fallback): string => {
    if (/^\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(value) && value.split('.').every((part) => Number(part) <= 255))
      return value
    throw new Error('three numbers from 0 to 255, such as 2.4.9')
  }
}

function isPlain({ protocol, search, host }: URL): boolean {
  if (protocol === 'file:') return host === '' && search === ''
  return search === '' || !protocol.startsWith('http')
}

/** A port, or `off`. */
export function portOrOff(value: string | undefined): number | 'off' | undefined {
  if (value === undefined) return undefined
  if (value === 'off') return 'off'
  try {
    return whole(0, 0, 65_535)(value)
  } catch {
    throw new Error('a port from 0 to 65535, or off')
  }
}

/** A bindable host: an address or a name. */
export function host(value: string | undefined): string {
  if (value === undefined) return '127.0.0.1'
  if (isIP(value) || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value)) return value
  throw new Error('an IP address or a host name, such as 127.0.0.1 or 0.0.0.0')
}
