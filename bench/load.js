// @ts-check
import autocannon from 'autocannon'

/*
 * One run of load in a process of its own: posts the same body over and over and tells the parent what came back. A
 * reply counts only with `ret` 200.
 */
const { url, token, body, connections, seconds } = JSON.parse(process.argv[2] ?? '{}')
const result = await autocannon({
  url,
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-gewe-token': token },
  body: JSON.stringify(body),
  connections,
  duration: seconds,
  verifyBody: (reply) => String(reply).startsWith('{"ret":200,'),
})
const { errors, timeouts, non2xx, mismatches } = result
process.send?.({
  perSecond: result.requests.total / result.duration,
  p99: result.latency.p99,
  failed: errors + timeouts + non2xx + mismatches,
})
process.disconnect?.()
