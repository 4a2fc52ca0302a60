import { Webhook } from 'standardwebhooks'
import { afterEach, expect, it, vi } from 'vitest'
import { oldestOwedAt, saveCallback } from '../../src/callbacks/queries.ts'
import { record } from '../../src/callbacks/record.ts'
import { callbackSecret } from '../../src/callbacks/signature.ts'
import type { Database } from '../../src/database/database.ts'
import { addToken, secretKey, startDeliveries } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { type Behaviour, type Origin, startOrigin, status } from '../rigs/origin.ts'

const day = 24 * 3_600_000
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 10 })
const bodies = async (origin: Origin) =>
  (await Promise.all(origin.hits.map(({ body }) => body))).map((body) => body.toString())

/** Answers with the given codes one after the other, then with the last. */
function answers(...codes: number[]): Behaviour {
  return (request, response) => {
    const code = codes.length > 1 ? codes.shift() : codes[0]
    status(code ?? 200)(request, response)
  }
}

describeEachEngine('a delivery', ({ open }) => {
  const opened: { close(): Promise<void> }[] = []
  // Declared after the rig's own, so it runs before the databases go.
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close()
  })
  const receiver = async (behaviour: Behaviour) => {
    const origin = await startOrigin(behaviour)
    opened.push(origin)
    return origin
  }
  const deliveries = async (database: Database, url: string | undefined) => {
    const started = await startDeliveries(database, url)
    opened.push(started)
    return started
  }

  it('posts the recorded text once, as signed JSON, and settles the event with its attempt', async () => {
    const origin = await receiver(status(204))
    const world = await deliveries(await open(), `${origin.url}/hook?key=s`)
    const id = await world.tell('{"TypeName":"AddMsg","Content":"视频"}')
    await until(async () => expect(await world.events()).toMatchObject([{ id, state: 'delivered' }]))
    expect(await bodies(origin)).toEqual(['{"TypeName":"AddMsg","Content":"视频"}'])
    const [hit] = origin.hits
    expect(hit).toMatchObject({ method: 'POST', path: '/hook?key=s' })
    expect(hit?.headers['content-type']).toBe('application/json')
    expect(hit?.headers['webhook-id']).toBe(`evt_${id}`)
    const headers = Object.fromEntries(
      Object.entries(hit?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    )
    const webhook = new Webhook(callbackSecret(secretKey, 'tok'))
    expect(webhook.verify('{"TypeName":"AddMsg","Content":"视频"}', headers)).toMatchObject({
      Content: '视频',
    })
    const [event] = await world.events()
    expect(event?.attempts).toBe(1)
    expect(event?.settled_at).toBeGreaterThanOrEqual(event?.created_at ?? Number.NaN)
    expect(await world.attempts()).toMatchObject([{ event_id: id, number: 1, status: 204, error: null }])
    expect(await world.jobs()).toEqual([])
    expect(world.results).toEqual(['delivered'])
  })

  it('repeats exactly the same bytes until a 2xx comes, whatever else is answered', async () => {
    const origin = await receiver(answers(500, 302, 410, 404, 201))
    const world = await deliveries(await open(), origin.url)
    const body = '{"b":1,"a":"\\u00e9 \u{1f426} 鸿雁","n":1234567890123456}'
    const id = await world.tell(body)
    for (let attempt = 1; attempt < 5; attempt += 1) {
      await until(async () => expect(await world.attempts()).toHaveLength(attempt))
      expect(await world.events()).toMatchObject([{ state: 'owed', attempts: attempt, settled_at: null }])
      world.advance(75_000)
    }
    await until(async () => expect(await world.events()).toMatchObject([{ state: 'delivered', attempts: 5 }]))
    expect(await bodies(origin)).toEqual(Array(5).fill(body))
    expect(new Set(origin.hits.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([`evt_${id}`]))
    expect((await world.attempts()).map((made) => made.status)).toEqual([500, 302, 410, 404, 201])
    expect(world.results).toEqual(['retried', 'retried', 'retried', 'retried', 'delivered'])
  })

  it('waits as the schedule says and not less', async () => {
    const origin = await receiver(status(500))
    const world = await deliveries(await open(), origin.url)
    const createdAt = Date.now()
    await world.tell('{}', 'wx_a', createdAt)
    await until(async () => expect(await world.attempts()).toHaveLength(1))
    const [job] = await world.jobs()
    const [attempt] = await world.attempts()
    const failedAt = (attempt?.at ?? 0) + (attempt?.duration_ms ?? 0)
    expect(job?.run_at).toBeGreaterThanOrEqual(failedAt + 950)
    expect(job?.run_at).toBeLessThanOrEqual(failedAt + 1050)
  })

  it('keeps the order of a device', async () => {
    const origin = await receiver(status(200))
    const world = await deliveries(await open(), origin.url)
    const texts = Array.from({ length: 40 }, (_, index) => `{"n":${index}}`)
    const at = Date.now()
    for (const text of texts) await world.tell(text, 'wx_a', at)
    await until(() => expect(origin.hits).toHaveLength(40))
    expect(await bodies(origin)).toEqual(texts)
  })

  it('does not let an event that fails hold up those after it', async () => {
    const origin = await receiver((request, response) => {
      let body = ''
      request.on('data', (part) => {
        body += String(part)
      })
      request.on('end', () => response.writeHead(body.includes('bad') ? 500 : 200).end())
    })
    const world = await deliveries(await open(), origin.url)
    await world.tell('"bad"')
    await world.tell('"good"')
    await until(async () =>
      expect((await world.events()).map(({ state }) => state)).toEqual(['owed', 'delivered']),
    )
  })

  it('writes down why no answer came', async () => {
    const gone = await startOrigin()
    await gone.close()
    const world = await deliveries(await open(), gone.url)
    await world.tell('{}')
    await until(async () =>
      expect(await world.attempts()).toMatchObject([
        { status: null, error: 'fetch_unreachable ECONNREFUSED' },
      ]),
    )
  })

  it('gives an event up a day after it happened, and keeps it', async () => {
    const origin = await receiver(status(503))
    const world = await deliveries(await open(), origin.url)
    await world.tell('{"kept":true}')
    await until(async () => expect(await world.attempts()).toHaveLength(1))
    world.advance(day)
    await until(async () => expect(await world.events()).toMatchObject([{ state: 'failed', attempts: 2 }]))
    const [event] = await world.events()
    expect(event?.body).toBe('{"kept":true}')
    expect(event?.settled_at).toBeGreaterThanOrEqual((event?.created_at ?? Number.NaN) + day)
    expect(await world.jobs()).toEqual([])
    expect(world.results).toEqual(['retried', 'failed'])
  })

  it('goes to the URL the token has now', async () => {
    const [old, present] = [await receiver(status(500)), await receiver(status(200))]
    const database = await open()
    const world = await deliveries(database, old.url)
    await world.tell('{}')
    await until(async () => expect(await world.attempts()).toHaveLength(1))
    await saveCallback(database, 'tok', present.url, 2)
    world.advance(2000)
    await until(async () => expect(await world.events()).toMatchObject([{ state: 'delivered' }]))
    expect([old.hits.length, present.hits.length]).toEqual([1, 1])
  })

  it('fails an event whose token has no callback any more', async () => {
    const origin = await receiver(status(500))
    const database = await open()
    const world = await deliveries(database, origin.url)
    await world.tell('{}')
    await until(async () => expect(await world.attempts()).toHaveLength(1))
    await database.sql.deleteFrom('callbacks').execute()
    world.advance(2000)
    await until(async () => expect(await world.events()).toMatchObject([{ state: 'failed' }]))
    expect(await world.attempts()).toMatchObject([{}, { status: null, error: 'no callback' }])
  })

  it('logs each attempt by message and shows no body, URL or secret', async () => {
    const origin = await receiver(answers(500, 200))
    const world = await deliveries(await open(), `${origin.url}/hook?key=queryword`)
    await world.tell('{"x":"bodyword"}')
    await until(async () => expect(await world.attempts()).toHaveLength(1))
    world.advance(2000)
    await until(() => expect(world.results).toEqual(['retried', 'delivered']))
    const levels = world.lines.map((line) => JSON.parse(line)).map(({ level, newMsgId }) => [level, newMsgId])
    expect(levels).toEqual([
      [40, 5_000_000_000_000_001],
      [30, 5_000_000_000_000_001],
    ])
    expect(world.lines.join('')).not.toMatch(/bodyword|queryword|hook|whsec_|v1,/)
  })

  it('is not made for a token without a callback: nothing is recorded', async () => {
    const database = await open()
    const world = await deliveries(database, undefined)
    await world.tell('{}')
    expect(await world.events()).toEqual([])
    expect(await world.jobs()).toEqual([])
  })

  it('belongs to the token alone and comes to nothing with the unit it is part of', async () => {
    const database = await open()
    await addToken(database, 'with')
    await addToken(database, 'without')
    await saveCallback(database, 'with', 'http://127.0.0.1:1/', 1)
    const event = { appId: 'wx_a', newMsgId: null, body: '{}', createdAt: 77 }
    const theirs = record(database, { ...event, id: 1, tokenId: 'without' })
    await database.atomically([...theirs, ...record(database, { ...event, id: 2, tokenId: 'with' })])
    const twice = record(database, { ...event, id: 2, tokenId: 'with' })
    const fresh = record(database, { ...event, id: 3, tokenId: 'with' })
    await expect(database.atomically([...fresh, ...twice])).rejects.toMatchObject({ fault: 'unique' })
    const { sql } = database
    expect(await sql.selectFrom('events').select(['id', 'token_id', 'new_msg_id']).execute()).toEqual([
      { id: 2, token_id: 'with', new_msg_id: null },
    ])
    expect(await sql.selectFrom('jobs').select(['id', 'lane', 'run_at']).execute()).toEqual([
      { id: 2, lane: 'callback:wx_a', run_at: 77 },
    ])
  })

  it('is measured by the oldest event that is still owed', async () => {
    const database = await open()
    expect(await oldestOwedAt(database)).toBeUndefined()
    await addToken(database, 'tok')
    await saveCallback(database, 'tok', 'http://127.0.0.1:1/', 1)
    const event = { tokenId: 'tok', appId: 'wx_a', newMsgId: null, body: '{}' }
    for (const createdAt of [30, 10, 20])
      await database.atomically(record(database, { ...event, id: createdAt, createdAt }))
    await database.sql.updateTable('events').set({ state: 'delivered' }).where('id', '=', 10).execute()
    expect(await oldestOwedAt(database)).toBe(20)
  })
})
