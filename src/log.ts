import { type Logger, pino } from 'pino'

export type Log = Logger

/** Header and field names whose values never reach the log, wherever they appear one or two levels deep. */
const secrets = ['token', 'aesKey', 'aeskey', 'xml', 'callbackUrl', 'authorization', '["x-gewe-token"]']

/**
 * JSON lines on standard output at `level`; values of secret fields are replaced by `[secret]`.
 * @param level one of pino's levels, or `silent`
 */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: secrets.flatMap((name) => (name.startsWith('[') ? [name, `*${name}`] : [name, `*.${name}`])),
      censor: '[secret]',
    },
  })
}
