// @ts-check
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Moments of a Poisson process, milliseconds from its beginning.
 * @param {number} rate a second
 * @param {number} seconds
 * @param {() => number} random
 */
export function* arrivals(rate, seconds, random) {
  for (let at = gap(); at < seconds * 1000; at += gap()) yield at

  function gap() {
    return (-Math.log(1 - random()) / rate) * 1000
  }
}

/**
 * Acts at each moment whether or not what began before has ended, and waits for all of it. An act is told the moment
 * that was meant: counted from there, a wait for this process or for the server is in the figure.
 * @param {Iterable<number>} moments milliseconds from now, ascending
 * @param {(intended: number) => Promise<void>} act
 */
export async function openLoop(moments, act) {
  const began = performance.now()
  /** @type {Set<Promise<void>>} */
  const running = new Set()
  for (const at of moments) {
    const wait = began + at - performance.now()
    if (wait > 0) await pause(Math.ceil(wait))
    const acting = act(began + at).finally(() => running.delete(acting))
    running.add(acting)
  }
  await Promise.all(running)
}

/**
 * One of `shares`, as often as its number says.
 * @template {string} Name
 * @param {readonly (readonly [Name, number])[]} shares
 * @param {() => number} random
 * @returns {Name}
 */
export function pick(shares, random) {
  let left = random() * shares.reduce((sum, [, share]) => sum + share, 0)
  for (const [name, share] of shares) {
    left -= share
    if (left < 0) return name
  }
  const last = shares.at(-1)
  if (!last) throw new Error('there is nothing to pick from')
  return last[0]
}
