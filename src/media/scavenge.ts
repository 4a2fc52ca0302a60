import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So many bytes of media pass before their dead buffers are collected. */
const EVERY_BYTES = 2 * 1024 * 1024

/*
 * V8 decides by the size of young objects when to look for dead ones, and a Buffer is a small object whatever it holds: of
 * a fast download 100 MB of buffers lie dead before it looks. A collection of the young generation alone, which takes
 * well under a millisecond, is asked for by bytes instead. What lives through two of them goes to the old generation, and
 * tens of megabytes there make V8 mark the whole heap. So there is one count for the process (with one for the way in and
 * one for turns 1 GiB came at 180 MB/s and 217 MiB instead of 330 MB/s and 157 MiB), and while many bytes wait for their
 * turn, collections are so far apart that they have passed before the second.
 */
let passed = 0
let waiting = 0
let collect: ((options: { type: 'minor' }) => void) | undefined

/** Bytes of media have passed through buffers of their own. */
export function bytesPass(bytes: number): void {
  passed += bytes
  if (passed < EVERY_BYTES || passed < waiting) return
  passed = 0
  collect ??= findCollect()
  collect({ type: 'minor' })
}

/** So many bytes more, or fewer when negative, are held until their turn comes. */
export function bytesWait(change: number): void {
  waiting += change
}

/** Not to be had in every build of Node; then V8 decides, and only memory is the worse for it. */
function findCollect(): NonNullable<typeof collect> {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  return typeof found === 'function' ? (options) => found(options) : () => undefined
}
