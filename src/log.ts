import { type Logger, pino } from 'pino'

export type Log = Logger

/** Header and field names whose values never reach the log, at the top of an entry or in one of `containers`. */
const secrets = ['token', 'aesKey', 'aeskey', 'xml', 'callbackUrl', 'authorization', 'x-gewe-token']
/** Named one by one: a wildcard would look at every field of every line, which cost forwarding a twentieth of its rate. */
const containers = ['headers', 'body', 'request', 'err', 'cause']

/**
 * JSON lines on standard output at `level`; values of secret fields are replaced by `[secret]`.
 * @param level one of pino's levels, or `silent`
 */
export function createLog(level: string): Log {
  const bracketed = secrets.map((name) => `["${name}"]`)
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: bracketed.flatMap((name) => [name, ...containers.map((container) => `${container}${name}`)]),
      censor: '[secret]',
    },
  })
}
