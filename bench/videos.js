// @ts-check
import { randomUUID } from 'node:crypto'

/** @typedef {ReturnType<typeof videoAt>} Video */

/**
 * A video and its thumbnail that nobody has asked for before.
 * @param {string} origin
 * @param {number} bytes
 */
export function videoAt(origin, bytes) {
  const seed = randomUUID()
  return {
    videoUrl: `${origin}/video/${bytes}.mp4?seed=${seed}`,
    thumbUrl: `${origin}/thumb.jpg?seed=${seed}`,
  }
}
