// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'

/**
 * The resident memory of a process, at its highest.
 * @param {number} pid
 */
export function memoryOf(pid) {
  return {
    /** Forgets the highest so far. */
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
    /** The highest since the reset, MiB. */
    peak: () => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
  }
}
