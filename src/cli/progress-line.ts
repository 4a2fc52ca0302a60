import { styleText } from 'node:util'
import type { SendStage } from '../feed.ts'

/** What a send goes through, as seen from here: a file goes to the gateway first, and its answer is waited for. */
export type Stage = 'give' | 'wait' | Exclude<SendStage, 'sent' | 'failed'>

/** How far it is. */
export interface Report {
  readonly stage: Stage
  /** Bytes of this stage. */
  readonly done: number
  /** Undefined where nobody has told. */
  readonly total: number | undefined
}

export interface Progress extends Report {
  /** Bytes per second; undefined while nobody can know. */
  readonly rate: number | undefined
}

const words: Record<Stage, string> = {
  give: 'To the gateway',
  wait: 'Waiting',
  fetch: 'Fetching',
  seal: 'Sealing',
  upload: 'To the channel',
  send: 'Sending',
}
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
const LABEL = Math.max(...Object.values(words).map((word) => word.length))
/** Widths that keep the bar from jumping as figures grow. */
const figureWidths = [20, 12, 10]
const SMALLEST_BAR = 8
const LARGEST_BAR = 40
/** A longer wait is not told; it would be wrong anyway. */
const MAX_SECONDS = 100 * 3600

/**
 * One line for a terminal: stage, bar, bytes, speed, time left; what does not fit is left out, the last first.
 * @param columns its width; the line is never longer, colours not counted
 */
export function progressLine(progress: Progress, columns: number, coloured: boolean): string {
  const label = words[progress.stage].padEnd(LABEL)
  const share = shareOf(progress)
  const figures = figuresOf(progress).map((figure, index) => figure.padStart(figureWidths[index] ?? 0))
  for (let kept = figures.length; kept > 0; kept -= 1) {
    const tail = `  ${figures.slice(0, kept).join('  ')}`
    const room = columns - label.length - tail.length - 2
    if (share === undefined && room >= -2) return `${label}${tail}`.trimEnd()
    if (share !== undefined && room >= SMALLEST_BAR) {
      return `${label}  ${bar(share, Math.min(room, LARGEST_BAR), coloured)}${tail}`.trimEnd()
    }
  }
  const short = share === undefined ? label : `${label}${percent(share)}`
  return (short.length <= columns ? short : words[progress.stage].slice(0, Math.max(0, columns))).trimEnd()
}

/** One line for a log: no bar, nothing that moves. */
export function plainLine(progress: Progress): string {
  const share = shareOf(progress)
  const parts = [words[progress.stage], share === undefined ? '' : percent(share).trim()]
  return [...parts, ...figuresOf(progress)].filter(Boolean).join('  ')
}

/** Seconds as a person reads them: `0:07`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const tail = String(whole % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

/** From 0 to 1; undefined where the total is not known. */
function shareOf({ done, total }: Report): number | undefined {
  return total === undefined || total <= 0 ? undefined : Math.min(1, Math.max(0, done / total))
}

/** Full only when it is. */
const percent = (share: number): string => `${Math.floor(share * 100)} %`.padStart(6)

function bar(share: number, width: number, coloured: boolean): string {
  // Letters of the smallest set: wider ones take two columns in some Chinese terminals.
  const inside = width - 2
  const full = '='.repeat(Math.floor(share * inside))
  const painted = coloured && full ? styleText('green', full, { validateStream: false }) : full
  return `[${painted}${' '.repeat(inside - full.length)}]`
}

/** Bytes, speed and time left; empty where one is not known. */
function figuresOf({ done, total, rate }: Progress): readonly [string, string, string] {
  const known = total !== undefined && total > 0
  const left = known && rate ? (total - done) / rate : Number.POSITIVE_INFINITY
  const amount = known
    ? `${inUnit(Math.min(done, total), total)} of ${size(total)}`
    : done > 0
      ? size(done)
      : ''
  return [
    amount,
    rate === undefined ? '' : `${size(rate)}/s`,
    left >= 0 && left < MAX_SECONDS ? `${clock(left)} left` : '',
  ]
}

const unitOf = (bytes: number): number =>
  Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))

/** `bytes` in the unit that `scale` is told in. */
function inUnit(bytes: number, scale: number): string {
  const unit = unitOf(scale)
  return unit === 0 ? String(Math.round(bytes)) : (bytes / 1024 ** unit).toFixed(1)
}

const size = (bytes: number): string => `${inUnit(bytes, bytes)} ${units[unitOf(bytes)]}`
