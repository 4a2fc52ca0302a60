import type { MessageView } from '../../../src/console/schema.ts'
import { boxOf } from './media-url.ts'

/* Pixels, as bubble.css makes them at the usual size of text. */
const MARK = 32
const GREY = 44
const AROUND = 30
/** Of a line, which the guess of what is in it leaves out. */
const PADDING = 12
const TEXT_LINE = 22.4
const QUOTE = 26
const FILE = 58
/** Of the window, what a bubble's words leave to other things; and the most they take. */
const [BESIDE, WIDEST] = [172, 536] as const
/** Width of a Chinese and of another character. */
const [WIDE, NARROW] = [16, 8.5] as const

/**
 * How high a line will be, before it has ever been drawn. A browser draws only the lines in view; the better the guess,
 * the less moves when one jumps far and scrolls back.
 */
export function guessHeight(message: MessageView, marked: boolean): number {
  return Math.round(heightOf(message) - PADDING + (marked ? MARK : 0))
}

function heightOf({ state, kind, text, quoted, media }: MessageView): number {
  if (state === 'revoked' || kind === 'notice') return GREY
  if (media?.kind === 'image' || media?.kind === 'video') return boxOf(media).height + 12
  if (media?.kind === 'voice') return AROUND + 24
  if (media) return AROUND + FILE
  return AROUND + linesOf(text) * TEXT_LINE + (quoted === null ? 0 : QUOTE)
}

function linesOf(text: string): number {
  const width = Math.min(WIDEST, innerWidth - BESIDE)
  return text.split('\n').reduce((lines, line) => {
    const wide = line.match(/[\u2e80-\uffff]/g)?.length ?? 0
    return lines + Math.max(1, Math.ceil((wide * WIDE + (line.length - wide) * NARROW) / width))
  }, 0)
}
