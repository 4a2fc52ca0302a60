// @ts-check
import { readdirSync, readFileSync } from 'node:fs'

/** Ticks a second in /proc, on every Linux that Node runs on. */
const TICKS = 100

/**
 * What a process takes.
 * @param {number} pid
 */
export function usageOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Counted from behind the name in brackets, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    at: performance.now() / 1000,
    rssMiB: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024,
    files: readdirSync(`/proc/${pid}/fd`).length,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
  }
}

/**
 * What the gateway says of itself.
 * @param {string} baseUrl
 */
export async function metricsOf(baseUrl) {
  const text = await (await fetch(`${baseUrl}/metrics`)).text()
  /** @param {string} name */
  const value = (name) => {
    const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]
    if (found === undefined) throw new Error(`/metrics has no ${name}`)
    return Number(found)
  }
  return {
    owedSeconds: value('hongyan_callbacks_oldest_owed_seconds'),
    /** Since it was asked the last time, milliseconds. */
    lagP99: value('nodejs_eventloop_lag_p99_seconds') * 1000,
    lagMax: value('nodejs_eventloop_lag_max_seconds') * 1000,
    heapMiB: value('nodejs_heap_size_used_bytes') / 1024 ** 2,
  }
}

/** @typedef {ReturnType<typeof usageOf> & Awaited<ReturnType<typeof metricsOf>>} Sample */
