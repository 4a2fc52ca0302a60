import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So many bytes of media pass before their dead buffers are collected. */
const EVERY_BYTES = 2 * 1024 * 1024

/**
 * V8 decides by the size of young objects when to look for dead ones, and a Buffer is a small object whatever it holds: of
 * a fast download 100 MB of buffers lie dead before it looks. A collection of the young generation alone, which takes
 * well under a millisecond, is asked for by bytes instead.
 * @returns to be told of bytes that have passed
 */
export function scavengeByBytes(): (bytes: number) => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  // Not to be had in every build of Node; then V8 decides, and only memory is the worse for it.
  if (typeof collect !== 'function') return () => undefined
  let passed = 0
  return (bytes) => {
    passed += bytes
    if (passed < EVERY_BYTES) return
    passed = 0
    collect({ type: 'minor' })
  }
}
