import type { FastifyRequest } from 'fastify'
import { GatewayError } from '../errors.ts'
import type { Guest } from './guest.ts'

/** Who is calling. */
export interface Caller {
  readonly tokenId: string
}

/** The caller that holds a token, or undefined for an unknown or revoked one. */
export type FindCaller = (token: string) => Promise<Caller | undefined>

/** Who asks. @throws {GatewayError} token_missing, token_invalid */
export type Identify = (request: FastifyRequest) => Promise<Caller>

const HEADER = 'x-gewe-token'
/** Longer ones are refused unread. */
const MAX_TOKEN = 256

/** The token the request names, or undefined for none; an empty one counts as none. */
export function namedToken(request: FastifyRequest): string | undefined {
  const header = request.headers[HEADER]
  const named = (Array.isArray(header) ? header[0] : header)?.trim()
  return named || undefined
}

/** By token, and below a guest's root by what the guest knows its visitors by. */
export function identifyBy(findCaller: FindCaller, guests: readonly Guest[]): Identify {
  return (request) => {
    const guest = guests.find(({ root }) => request.originalUrl.startsWith(`${root}/`))
    return guest && namedToken(request) === undefined
      ? guest.identify(request)
      : authenticate(findCaller, request)
  }
}

async function authenticate(findCaller: FindCaller, request: FastifyRequest): Promise<Caller> {
  const named = namedToken(request)
  if (!named) throw new GatewayError('token_missing')
  const caller = named.length <= MAX_TOKEN ? await findCaller(named) : undefined
  if (caller) return caller
  // The tail is what a client looks for (contract 1.4); the token itself may be somebody's mistyped secret.
  throw new GatewayError('token_invalid', {
    title: `HTTP HEADER: X-GEWE-TOKEN=${named.slice(0, 4)}… 不可用或已过期`,
  })
}
