import { useSyncExternalStore } from 'react'

/** How late midnight may be noticed, milliseconds: no timer says when a computer slept. */
const LOOK_MS = 30_000

const watchers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** Names the day it is, and draws anew what asked when it is over. */
export function useToday(): string {
  return useSyncExternalStore(watch, today)
}

/** One timer for all of a chat's lines. */
function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  timer ??= setInterval(look(today()), LOOK_MS)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function look(day: string): () => void {
  let seen = day
  return () => {
    if (seen === today()) return
    seen = today()
    for (const watcher of watchers) watcher()
  }
}

function today(): string {
  return new Date().toDateString()
}
