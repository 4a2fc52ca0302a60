/** npm passes a terminal's Ctrl-C on to a program that the terminal has told already: both are one, milliseconds. */
const ONE_PRESS_MS = 1000

/** Ctrl-C, as a wish that can be granted in order. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
}

/**
 * Until disposed of, Ctrl-C aborts `signal`; pressed again it ends the process.
 * @param onInsisted the last words
 */
export function watchInterrupt(onInsisted: () => void): Interrupt {
  const asked = new AbortController()
  let askedAt = 0
  const hear = () => {
    if (!asked.signal.aborted) {
      askedAt = performance.now()
      asked.abort()
    } else if (performance.now() - askedAt > ONE_PRESS_MS) {
      onInsisted()
      process.exit(130)
    }
  }
  process.on('SIGINT', hear)
  return {
    signal: asked.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', hear)
    },
  }
}
