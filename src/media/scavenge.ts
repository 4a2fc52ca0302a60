import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So many bytes of media pass before their dead buffers are collected. */
const EVERY_BYTES = 2 * 1024 * 1024

/**
 * V8 decides by the size of young objects when to look for dead ones, and a Buffer is a small object whatever it holds: of
 * a fast download 100 MB of buffers lie dead before it looks. A collection of the young generation alone, which takes
 * well under a millisecond, is asked for by bytes instead.
 * What lives through two collections goes to the old generation, and tens of megabytes there make V8 mark the whole heap:
 * while many bytes wait for their turn, collections are so far apart that they have passed before the second.
 * @returns to be told of bytes that have passed, and of those that wait
 */
export function scavengeByBytes(): (bytes: number, waiting?: number) => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  // Not to be had in every build of Node; then V8 decides, and only memory is the worse for it.
  if (typeof collect !== 'function') return () => undefined
  let passed = 0
  return (bytes, waiting = 0) => {
    passed += bytes
    if (passed < EVERY_BYTES || passed < waiting) return
    passed = 0
    collect({ type: 'minor' })
  }
}
