// @ts-check
import { once } from 'node:events'
import { request } from 'node:http'

/**
 * @typedef {object} Question
 * @property {string} url
 * @property {'GET' | 'POST'} [method]
 * @property {Record<string, string>} [headers]
 * @property {readonly Buffer[]} [payload]
 */

/**
 * What came of one request. `code` is `ok`, the `data.code` of a refusal, `http_<status>`, or the system's word where
 * no answer came.
 * @typedef {object} Answer
 * @property {string} code
 * @property {any} data
 * @property {number} bytes of the body
 * @property {boolean} toldInHeader when to come back: a `Retry-After`
 * @property {boolean} toldInBody the same as `data.retryAfter`
 */

/**
 * Asks once and never throws.
 * @param {import('node:http').Agent} agent
 * @param {Question} question
 * @returns {Promise<Answer>}
 */
export async function ask(agent, { url, method = 'POST', headers = {}, payload = [] }) {
  const length = payload.reduce((sum, part) => sum + part.length, 0)
  const sent = request(url, {
    method,
    agent,
    headers: method === 'POST' ? { ...headers, 'content-length': length } : headers,
  })
  const over = new AbortController()
  try {
    const answered = once(sent, 'response')
    pour(sent, payload, over.signal).catch(() => undefined)
    const [response] = await answered
    const isJson = String(response.headers['content-type']).startsWith('application/json')
    let bytes = 0
    let text = ''
    for await (const chunk of response) {
      bytes += chunk.length
      if (isJson) text += chunk.toString('latin1')
    }
    const reply = isJson ? JSON.parse(Buffer.from(text, 'latin1').toString()) : undefined
    return { ...judge(response, reply), bytes }
  } catch (error) {
    return { code: wordFor(error), data: undefined, bytes: 0, toldInHeader: false, toldInBody: false }
  } finally {
    over.abort()
  }
}

/**
 * Writes as fast as the socket takes it, until an answer came.
 * @param {import('node:http').ClientRequest} sent
 * @param {readonly Buffer[]} payload
 * @param {AbortSignal} signal
 */
async function pour(sent, payload, signal) {
  for (const part of payload) if (!sent.write(part)) await once(sent, 'drain', { signal })
  sent.end()
}

/**
 * @param {import('node:http').IncomingMessage} response
 * @param {any} reply
 */
function judge({ statusCode = 0, headers }, reply) {
  const isOk = statusCode < 300 && (reply === undefined || reply.ret === 200)
  return {
    code: isOk ? 'ok' : (reply?.data?.code ?? `http_${statusCode}`),
    data: reply?.data,
    toldInHeader: Number(headers['retry-after']) > 0,
    toldInBody: reply?.data?.retryAfter > 0,
  }
}

/** @param {unknown} error */
const wordFor = (error) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

/**
 * A post of JSON as GeWe programs make it.
 * @param {string} baseUrl
 * @param {string} token
 * @param {string} path
 * @param {Record<string, unknown>} body
 * @returns {Question}
 */
export function call(baseUrl, token, path, body) {
  return {
    url: `${baseUrl}${path}`,
    headers: { 'x-gewe-token': token, 'content-type': 'application/json' },
    payload: [Buffer.from(JSON.stringify(body))],
  }
}
