// @ts-check
import { GatewayError } from '../../../dist/errors.js'

/**
 * Runs what may refuse with one of these codes, and throw nothing else.
 * @template T
 * @param {readonly string[]} codes
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T | undefined>} undefined for a refusal
 */
export async function refusing(codes, work) {
  try {
    return await work()
  } catch (error) {
    if (error instanceof GatewayError && codes.includes(error.code)) return undefined
    throw error
  }
}

/**
 * @param {boolean} holds
 * @param {string} promise
 */
export function must(holds, promise) {
  if (!holds) throw new Error(`broken promise: ${promise}`)
}
