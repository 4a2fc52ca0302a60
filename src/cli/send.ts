import { carryOut } from './carry-out.ts'
import { Unanswered } from './deliver.ts'
import { watchInterrupt } from './interrupt.ts'
import { displayOn } from './progress.ts'
import { clock } from './progress-line.ts'
import { type Left, printable, Refused, WrongUsage } from './refusals.ts'
import { errandIn, type SendOptions } from './send-options.ts'
import { openSource, type Source } from './source.ts'
import { speakerElsewhere, speakerHere } from './speaker.ts'

/**
 * Sends one message and shows how it comes on. The gateway's reply goes to standard output, all other words to standard
 * error.
 * @returns the exit code: 0 sent, 1 failed, 2 wrong usage, 130 ended by Ctrl-C
 */
export async function send(options: SendOptions): Promise<number> {
  const display = displayOn(process.stderr, process.env)
  const say = (...lines: string[]) => {
    display.close()
    for (const line of lines) console.error(line)
  }
  using interrupt = watchInterrupt(() => say(`Waited no longer. ${leftWords.unknown}`))
  const { signal: interrupted } = interrupt
  const began = performance.now()
  let asked = false
  const onAsked = () => {
    asked = true
    const cancelling = 'Asking the gateway to cancel; Ctrl-C once more does not wait for its answer.'
    interrupted.addEventListener('abort', () => say(cancelling), { once: true })
  }
  try {
    const errand = errandIn(options)
    await using files = await openFiles(errand.kind === 'text' ? undefined : errand.content, errand.thumb)
    const { as, to, url } = options
    const speaker = url === undefined ? await speakerHere(as) : speakerElsewhere(as, url)
    const { content, thumb } = files
    const sent = await carryOut({ errand, content, thumb, to, speaker, display, interrupted, onAsked })
    const ms = performance.now() - began
    const late = interrupted.aborted ? 'Too late to cancel. ' : ''
    say(`${late}Sent to ${printable(sent.toWxid)} in ${took(ms / 1000)}.`)
    print(sent.reply)
    return interrupted.aborted ? 130 : 0
  } catch (error) {
    say(...explain(error, asked, interrupted.aborted))
    if (error instanceof Refused) print(error.reply)
    if (interrupted.aborted) return 130
    return error instanceof WrongUsage ? 2 : 1
  }
}

const leftWords: Record<Left, string> = {
  no: 'Nothing was sent.',
  unknown: 'Whether it was sent is not known: look before you send it again.',
}

/** @param asked whether the gateway had been asked to send */
function explain(error: unknown, asked: boolean, interrupted: boolean): readonly string[] {
  if (error instanceof WrongUsage) return [printable(error.message), 'See `hongyan send --help`.']
  const told = error instanceof Refused || error instanceof Unanswered ? error.left : 'unknown'
  const left = leftWords[asked ? told : 'no']
  const cancelled = error instanceof Refused && error.code === 'send_cancelled'
  if (interrupted && (!asked || cancelled)) return [`Cancelled. ${left}`]
  const words = error instanceof Error ? error.message : String(error)
  const code = error instanceof Refused ? ` (${error.code})` : ''
  return [...`${words}${code}`.split('\n').map(printable), left]
}

interface Files extends AsyncDisposable {
  readonly content: Source | undefined
  readonly thumb: Source | undefined
}

/** Opens what is given, or nothing. */
async function openFiles(content: string | undefined, thumb: string | undefined): Promise<Files> {
  const open: Source[] = []
  const close = async () => {
    for (const source of open) if ('handle' in source) await source.handle.close()
  }
  const opened = async (text: string | undefined) => {
    if (text === undefined) return undefined
    const source = await openSource(text)
    open.push(source)
    return source
  }
  try {
    return { content: await opened(content), thumb: await opened(thumb), [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

const took = (seconds: number): string => (seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds))

function print(reply: unknown): void {
  // JSON leaves as they are what some terminals obey.
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  console.log(JSON.stringify(reply, null, 2).replace(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, escaped))
}
