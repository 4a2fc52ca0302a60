// @ts-check
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { obeyParent } from '../bench/processes.js'
import { seeded } from '../bench/seeded.js'
import { keyOf } from './callbacks.js'
import { pick } from './schedule.js'

/*
 * The callers' servers in a process of its own. Of the posts so many fail: half with HTTP 500, a quarter never answered,
 * a quarter cut off. Of one event three posts fail at most, since the fifth try comes, as the schedule of retries has
 * it, a minute after the fourth: by chance alone some event would be late for the goal.
 */
const [failing = '0', seed = '1'] = process.argv.slice(2)
const random = seeded(Number(seed))
const MOST_FAILURES = 3
const ways = /** @type {const} */ ([
  ['status', 2],
  ['silence', 1],
  ['reset', 1],
])

/** @type {Map<string, { ids: Set<string>, posts: number }>} */
const told = new Map()
/** @type {Map<string, number>} failures by webhook-id */
const failures = new Map()
const failed = { status: 0, silence: 0, reset: 0 }
let posts = 0

const server = createServer(async (request, response) => {
  const event = /** @type {any} */ (await json(request).catch(() => undefined))
  if (!event || 'testMsg' in event) return void response.end('ok')
  posts += 1
  const id = String(request.headers['webhook-id'])
  const before = failures.get(id) ?? 0
  if (before < MOST_FAILURES && random() < Number(failing)) {
    failures.set(id, before + 1)
    const way = pick(ways, random)
    failed[way] += 1
    if (way === 'status') response.writeHead(500).end('broken')
    if (way === 'reset') request.socket.resetAndDestroy()
    return
  }
  const key = keyOf(event)
  const known = told.get(key) ?? { ids: new Set(), posts: 0 }
  known.ids.add(id)
  known.posts += 1
  told.set(key, known)
  response.end('ok')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

obeyParent({
  port() {
    const address = server.address()
    return typeof address === 'object' ? address?.port : undefined
  },
  counts: () => ({ posts, failed }),
  told: () => [...told].map(([key, { ids, posts }]) => [key, ids.size, posts]),
})
