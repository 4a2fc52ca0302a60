export interface Format {
  /** Bytes, as `1.5 MB`. */
  readonly size: (bytes: number) => string
  /** Seconds, as `1:05`. */
  readonly duration: (seconds: number) => string
  /** A moment's hour and minute. */
  readonly time: (ms: number) => string
  /** A moment's day, hour and minute; the year unless it is this one. */
  readonly dateTime: (ms: number) => string
  readonly speed: (bytesPerSecond: number) => string
}

const units = ['B', 'KB', 'MB', 'GB', 'TB']

/** @param locale a BCP 47 tag */
export function formatFor(locale: string): Format {
  const one = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const day = {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  } as const
  const thisYear = new Intl.DateTimeFormat(locale, day)
  const anyYear = new Intl.DateTimeFormat(locale, { ...day, year: 'numeric' })
  const size = (bytes: number) => {
    // Rounded first, that 1023.96 KB is 1 MB and not 1024 KB.
    let [count, unit] = [bytes, 0]
    while (Math.round(count) >= 1024 && unit < units.length - 1) [count, unit] = [count / 1024, unit + 1]
    return `${(count < 100 && unit > 0 ? one : whole).format(count)} ${units[unit]}`
  }
  return {
    size,
    speed: (bytesPerSecond) => `${size(bytesPerSecond)}/s`,
    duration: (seconds) => {
      const all = Math.max(0, Math.round(seconds))
      const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
      const tail = String(rest).padStart(2, '0')
      return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
    },
    time: (ms) => time.format(ms),
    dateTime: (ms) =>
      (new Date(ms).getFullYear() === new Date().getFullYear() ? thisYear : anyYear).format(ms),
  }
}
