import type { IncomingHttpHeaders } from 'node:http'
import { isObject } from './read.ts'

const product = /^[\w.-]{1,32}\/[\w.+-]{1,32}( \([\x20-\x27\x2a-\x7e]{1,64}\))?$/

/** What is wrong with the headers of a JSON POST; the bearer token is looked at elsewhere. */
export function postFaults(headers: IncomingHttpHeaders): string[] {
  const faults = appFaults(headers)
  if (!/^application\/json(;|$)/.test(headers['content-type'] ?? '')) {
    faults.push(`Content-Type is ${headers['content-type'] ?? 'missing'}, not application/json`)
  }
  if (headers.authorizationtype !== 'ilink_bot_token') {
    faults.push('AuthorizationType is not ilink_bot_token')
  }
  const uin = headers['x-wechat-uin']
  const decimal = typeof uin === 'string' ? Buffer.from(uin, 'base64').toString('latin1') : ''
  const good = /^(0|[1-9]\d{0,9})$/.test(decimal) && Number(decimal) <= 0xffff_ffff
  if (!good || Buffer.from(decimal).toString('base64') !== uin) {
    faults.push('X-WECHAT-UIN is not the base64 of a decimal uint32')
  }
  return faults
}

/** What is wrong with the headers that every API request carries. */
export function appFaults(headers: IncomingHttpHeaders): string[] {
  const faults: string[] = []
  if (!headers['ilink-app-id']) faults.push('iLink-App-Id is missing')
  const version = headers['ilink-app-clientversion']
  if (typeof version !== 'string' || !/^\d{1,10}$/.test(version) || Number(version) > 0xffff_ffff) {
    faults.push('iLink-App-ClientVersion is not a decimal uint32')
  }
  return faults
}

/** What is wrong with `base_info`. */
export function baseInfoFaults(body: Record<string, unknown>): string[] {
  const info = body.base_info
  if (!isObject(info)) return ['base_info is missing']
  const faults: string[] = []
  if (typeof info.channel_version !== 'string' || info.channel_version === '') {
    faults.push('base_info.channel_version is missing')
  }
  const agent = info.bot_agent
  if (agent !== undefined && !isAgent(agent)) {
    faults.push('base_info.bot_agent is not a row of name/version products of at most 256 bytes')
  }
  return faults
}

function isAgent(agent: unknown): boolean {
  if (agent === 'OpenClaw') return true
  if (typeof agent !== 'string' || Buffer.byteLength(agent) > 256) return false
  return agent.split(/ (?!\()(?![^(]*\))/).every((each) => product.test(each))
}
