import { type Progress, plainLine, progressLine, type Report } from './progress-line.ts'
import { Rate } from './rate.ts'

/** The part of `process.stderr` that is needed. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Shows a person how far a send is. */
export interface Display {
  update(report: Report): void
  /** Leaves the screen for other words. */
  close(): void
}

const REDRAW_MS = 200
/** A line of a log at most so often, where the total is not known. */
const SILENCE_MS = 5000
/** Lines that fill the last column wrap in some terminals. */
const MARGIN = 1

/** A line that is redrawn, on a terminal; elsewhere a few plain lines. */
export function displayOn(screen: Screen, env: NodeJS.ProcessEnv): Display {
  const redraws = screen.isTTY === true && env.TERM !== 'dumb'
  return redraws ? new LineDisplay(screen, !env.NO_COLOR) : new PlainDisplay(screen)
}

/** How far it is, with the speed of the stage it is in. */
class Pace {
  #report: Report | undefined
  #rate = new Rate()

  /** @returns whether a stage began */
  update(report: Report, now: number): boolean {
    const begins = report.stage !== this.#report?.stage
    if (begins) this.#rate = new Rate()
    this.#report = report
    this.#rate.add(report.done, now)
    return begins
  }

  at(now: number): Progress | undefined {
    return this.#report && { ...this.#report, rate: this.#rate.perSecond(now) }
  }
}

class LineDisplay implements Display {
  readonly #screen: Screen
  readonly #coloured: boolean
  readonly #pace = new Pace()
  readonly #redraw: ReturnType<typeof setInterval>
  #closed = false

  constructor(screen: Screen, coloured: boolean) {
    this.#screen = screen
    this.#coloured = coloured
    // By the clock and not with the bytes: the speed must fall when nothing comes.
    this.#redraw = setInterval(() => this.#draw(), REDRAW_MS).unref()
  }

  update(report: Report): void {
    if (this.#pace.update(report, performance.now())) this.#draw()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#redraw)
    this.#screen.write('\r\x1b[K')
  }

  #draw(): void {
    const progress = this.#pace.at(performance.now())
    if (!progress || this.#closed) return
    const columns = (this.#screen.columns || 80) - MARGIN
    this.#screen.write(`\r${progressLine(progress, columns, this.#coloured)}\x1b[K`)
  }
}

/** A line per stage, and one per tenth of it, or now and then where nobody knows what a tenth is. */
export class PlainDisplay implements Display {
  readonly #screen: Screen
  readonly #now: () => number
  readonly #pace = new Pace()
  #tenth = 0
  #toldAt = 0

  constructor(screen: Screen, now: () => number = () => performance.now()) {
    this.#screen = screen
    this.#now = now
  }

  update(report: Report): void {
    const now = this.#now()
    const begins = this.#pace.update(report, now)
    const { done, total } = report
    const tenth = total ? Math.floor((Math.min(done, total) / total) * 10) : 0
    const due = total ? tenth > this.#tenth : now - this.#toldAt >= SILENCE_MS
    if (!begins && !due) return
    this.#tenth = tenth
    this.#toldAt = now
    const progress = this.#pace.at(now)
    if (progress) this.#screen.write(`${plainLine(progress)}\n`)
  }

  close(): void {}
}
