// @ts-check
import { once } from 'node:events'
import { Agent, get, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** What a GeWe program does, without a time limit of its own. */
export class Client {
  #agent = new Agent({ keepAlive: true })
  #token

  /**
   * @param {string} baseUrl
   * @param {string} token
   */
  constructor(baseUrl, token) {
    this.baseUrl = baseUrl
    this.#token = token
  }

  /**
   * `data` of the reply; throws unless `ret` is 200.
   * @param {string} path
   * @param {Record<string, unknown>} body
   * @returns {Promise<any>}
   */
  async post(path, body) {
    const payload = JSON.stringify(body)
    const sent = request(`${this.baseUrl}${path}`, {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'x-gewe-token': this.#token,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      },
    })
    sent.end(payload)
    const [response] = await once(sent, 'response')
    const reply = await text(response)
    const { ret, data } = JSON.parse(reply)
    if (ret !== 200) throw new Error(`${path} answered ${reply}`)
    return data
  }

  /**
   * Milliseconds from asking for the bytes from `start` on to the first of them, on a new connection.
   * @param {string} url
   * @param {number} start
   */
  async firstByte(url, start) {
    const began = performance.now()
    const asked = get(url, { agent: false, headers: { range: `bytes=${start}-` } })
    const [response] = await once(asked, 'response')
    if (response.statusCode !== 206) throw new Error(`a range was answered with ${response.statusCode}`)
    await once(response, 'readable')
    const took = performance.now() - began
    response.destroy()
    return took
  }

  close() {
    this.#agent.destroy()
  }
}
