import { expect } from 'vitest'
import { type ErrorCode, GatewayError } from '../../src/errors.ts'
import type { OutboundConfig } from '../../src/outbound/connection.ts'
import type { Fetched } from '../../src/outbound/outbound.ts'

/** Limits that no healthy test reaches, with this machine opened. */
export const config: OutboundConfig = {
  fetchAllow: ['127.0.0.0/8'],
  fetchConnectTimeoutMs: 20_000,
  fetchIdleTimeoutMs: 20_000,
  fetchTotalTimeoutMs: 60_000,
  fetchMinRate: 0,
}

/** GET options that ask for nothing special. */
export const plain = { maxBytes: 1024 ** 2, signal: new AbortController().signal, subject: 'videoUrl' }

/** The whole body. */
export async function bytesOf(fetched: Fetched): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of fetched.body) parts.push(part)
  return Buffer.concat(parts)
}

/** The GatewayError that the work fails with; anything else fails the test. */
export async function faultOf(work: Promise<unknown>, code: ErrorCode): Promise<GatewayError> {
  const outcome = await work.then(
    () => 'no error',
    (error: unknown) => error,
  )
  if (!(outcome instanceof GatewayError)) throw new Error(`expected ${code}`, { cause: outcome })
  expect(outcome.code, outcome.message).toBe(code)
  return outcome
}
