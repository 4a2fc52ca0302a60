// @ts-check
import { Session } from 'node:inspector'

/**
 * Which blocks of the code under test ran, as V8 counts them. Only modules that are loaded afterwards count from their
 * beginning.
 */
export function createCoverage() {
  const session = new Session()
  session.connect()
  ask('Profiler.enable')
  ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  /** @type {Map<string, Uint8Array>} what ran of each function, a byte for each character of its source */
  const reached = new Map()

  /** @param {string} method @param {object} [parameters] @returns {any} */
  function ask(method, parameters) {
    let answer
    session.post(method, parameters, (error, result) => {
      if (error) throw error
      answer = result
    })
    return answer
  }

  /** @param {boolean} keep @returns {boolean} whether something ran that never had */
  function look(keep) {
    let news = false
    for (const { scriptId, url, functions } of ask('Profiler.takePreciseCoverage').result) {
      if (!/^file:.*\/(?:dist|node_modules)\//.test(url)) continue
      for (const { ranges } of functions) {
        const [{ startOffset, endOffset, count }] = ranges
        if (count === 0) continue
        const key = `${scriptId}:${startOffset}:${endOffset}`
        const known = reached.get(key) ?? new Uint8Array(endOffset - startOffset)
        const now = new Uint8Array(endOffset - startOffset)
        // Outer ranges come first.
        for (const range of ranges)
          now.fill(range.count > 0 ? 1 : 0, range.startOffset - startOffset, range.endOffset - startOffset)
        if (now.every((ran, index) => !ran || known[index])) continue
        news = true
        if (keep)
          reached.set(
            key,
            now.map((ran, index) => ran | (known[index] ?? 0)),
          )
      }
    }
    return news
  }

  return {
    /** Whether something ran since the last look that never had; it counts as known from now on. */
    grew: () => look(true),
    /** The same, and it stays news. */
    hasNews: () => look(false),
  }
}
