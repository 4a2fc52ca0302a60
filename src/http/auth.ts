import type { FastifyRequest } from 'fastify'
import { GatewayError } from '../errors.ts'
import type { Caller, Tokens } from '../tokens/tokens.ts'

const HEADER = 'x-gewe-token'
/** Longer ones are refused unread. */
const MAX_TOKEN = 256

/** The token the request names, or undefined for none; an empty one counts as none. */
export function namedToken(request: FastifyRequest): string | undefined {
  const header = request.headers[HEADER]
  const named = (Array.isArray(header) ? header[0] : header)?.trim()
  return named || undefined
}

/** @throws {GatewayError} token_missing, token_invalid */
export async function authenticate(tokens: Tokens, request: FastifyRequest): Promise<Caller> {
  const named = namedToken(request)
  if (!named) throw new GatewayError('token_missing')
  const caller = named.length <= MAX_TOKEN ? await tokens.find(named) : undefined
  if (caller) return caller
  // The tail is what a client looks for (contract 1.4); the token itself may be somebody's mistyped secret.
  throw new GatewayError('token_invalid', {
    title: `HTTP HEADER: X-GEWE-TOKEN=${named.slice(0, 4)}… 不可用或已过期`,
  })
}
