import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fc } from '../rigs/properties.ts'
import { postRaw, startWorld, stockOf, type World } from '../stories/refusal.ts'

let world: World
beforeAll(async () => {
  // As fast as it goes: what a token's own pace refuses tells nothing of bodies.
  world = await startWorld({ HONGYAN_TOKEN_REQUEST_RATE: '0' })
  routes = await describedRoutes(world.gateway.baseUrl)
})
afterAll(() => world.close())

interface Field {
  readonly name: string
  readonly types: readonly string[]
  readonly maxLength: number | undefined
}

interface Described {
  readonly url: string
  readonly fields: readonly Field[]
}

let routes: readonly Described[] = []

/** Every route that takes JSON, as the running gateway describes it. */
async function describedRoutes(baseUrl: string): Promise<readonly Described[]> {
  interface Schema {
    readonly type?: string | readonly string[]
    readonly anyOf?: readonly Schema[]
    readonly maxLength?: number
    readonly properties?: Readonly<Record<string, Schema>>
  }
  type Operation = { requestBody?: { content: Record<string, { schema: Schema }> } }
  const response = await fetch(`${baseUrl}/openapi.json`)
  const { paths } = (await response.json()) as { paths: Record<string, { post?: Operation }> }
  const typesOf = ({ type, anyOf }: Schema): readonly string[] =>
    anyOf ? anyOf.flatMap(typesOf) : [type ?? []].flat()
  return Object.entries(paths).flatMap(([url, { post }]) => {
    const schema = post?.requestBody?.content['application/json']?.schema
    if (!schema) return []
    const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => ({
      name,
      types: typesOf(field),
      maxLength: field.maxLength,
    }))
    return [{ url, fields }]
  })
}

const samples: Readonly<Record<string, readonly unknown[]>> = {
  string: ['x'],
  number: [7],
  integer: [7],
  boolean: [true],
  array: [[['x']]],
  object: [{ toString: 1, length: 3 }],
  null: [null],
}

/** Values of the right type that no honest caller sends. */
const oddTexts = [
  '',
  '\ud800',
  '\u202e\u2066',
  '\u0001\u001b[2J',
  '__proto__',
  '../../etc/passwd',
  "'; DROP TABLE messages; --",
  '🐦'.repeat(64),
  '9'.repeat(32),
  '1e308',
]
const oddNumbers = [
  '1e999',
  '-1e999',
  '-0',
  '0.1',
  '9007199254740993',
  '18446744073709551616',
  '1'.repeat(400),
]

/** The envelope, whatever was asked, and never for a fault of ours. */
async function ask(url: string, body: Buffer | string): Promise<{ ret: number; code: unknown; msg: string }> {
  const { status, ret, data } = await postRaw(world.gateway, url, body, { type: 'application/json' })
  const note = `${url} ${String(body).slice(0, 200)}`
  expect(status, note).toBe(200)
  expect([200, 500], note).toContain(ret)
  const { code, msg } = (data ?? {}) as { code?: unknown; msg?: unknown }
  if (ret === 500) expect(typeof code, note).toBe('string')
  expect(code, note).not.toBe('internal')
  return { ret, code, msg: String(msg) }
}

async function isWell(): Promise<void> {
  expect((await fetch(`${world.gateway.baseUrl}/healthz`)).status).toBe(200)
  expect(Object.keys(Object.prototype)).toEqual([])
}

describe('each field of each described route', { timeout: 120_000 }, () => {
  test('is refused by its name in every type but its own, and nothing is left behind', async () => {
    const before = await stockOf(world.gateway)
    let asked = 0
    for (const { url, fields } of routes) {
      const tries = fields.flatMap(({ name, types }) => {
        const own = types.includes('number') ? [...types, 'integer'] : types
        const wrong = Object.keys(samples).filter((type) => !own.includes(type))
        return wrong.flatMap((type) => (samples[type] ?? []).map((value) => ({ name, value })))
      })
      asked += tries.length
      await Promise.all(
        tries.map(async ({ name, value }) => {
          const { code, msg } = await ask(url, JSON.stringify({ [name]: value }))
          expect(code, `${url} ${name}`).toBe('request_invalid')
          expect(msg, url).toContain(name)
        }),
      )
    }
    expect(asked).toBeGreaterThan(300)
    expect(await stockOf(world.gateway)).toEqual(before)
    await isWell()
  })

  test('is refused one character beyond its length', async () => {
    const long = routes.flatMap(({ url, fields }) =>
      fields.flatMap(({ name, maxLength }) => (maxLength ? [{ url, name, maxLength }] : [])),
    )
    expect(long.length).toBeGreaterThan(40)
    for (const { url, name, maxLength } of long) {
      const { code, msg } = await ask(url, JSON.stringify({ [name]: 'x'.repeat(maxLength + 1) }))
      expect(code, url).toBe('request_invalid')
      expect(msg, url).toContain(name)
    }
  })

  test('may hold odd texts and numbers beside good fields without a fault of ours', async () => {
    const good: Record<string, unknown> = {
      ...world.request(),
      uuid: 'x',
      channel: 'local',
      wxids: [world.friend.wxid],
      xml: '<msg/>',
      content: 'x',
      fileId: 'ab',
      aesKey: 'ab',
      type: '4',
      chatroomId: 'x@chatroom',
      idempotencyKey: 'k',
      newMsgId: '1',
      fileName: 'a.pdf',
      callbackUrl: `${world.origin.url}/c`,
      // Nothing answers there: an odd text beside it must not cost a transfer each.
      videoUrl: 'http://127.0.0.1:1/',
      imgUrl: 'http://127.0.0.1:1/',
      fileUrl: 'http://127.0.0.1:1/',
    }
    for (const { url, fields } of routes) {
      // An odd one of these logs the device out, or in anew.
      if (url.startsWith('/login/')) continue
      const base = Object.fromEntries(fields.map(({ name }) => [name, good[name]]))
      const bodies = fields.flatMap(({ name, types }) => {
        const numbers = types.includes('number') ? oddNumbers : []
        return [
          ...oddTexts.map((text) =>
            JSON.stringify({ ...base, [name]: types.includes('array') ? [text] : text }),
          ),
          ...numbers.map((digits) =>
            JSON.stringify({ ...base, [name]: '<number>' }).replace('"<number>"', digits),
          ),
        ]
      })
      for (let at = 0; at < bodies.length; at += 16)
        await Promise.all(bodies.slice(at, at + 16).map((body) => ask(url, body)))
    }
    await isWell()
  })

  test('said twice counts as its last, whatever came before', async () => {
    const { appId } = world.sender
    for (const first of ['1', '{"a":[', '"x"', 'null']) {
      const whole = first.endsWith('[') ? `${first}]}` : first
      const body = `{"appId":${whole},"appId":${JSON.stringify(appId)}}`
      expect(await ask('/login/checkOnline', body)).toMatchObject({ ret: 200 })
      const turned = `{"appId":${JSON.stringify(appId)},"appId":5}`
      expect(await ask('/login/checkOnline', turned)).toMatchObject({ code: 'request_invalid' })
    }
  })
})

describe('any body at all', { timeout: 120_000 }, () => {
  const paths = fc.nat(10_000)
  const routeAt = (index: number) => routes[index % routes.length]?.url ?? '/none'

  test('of bytes is answered in the envelope', async () => {
    const pieces = ['{', '}', '[', ']', '"', ':', ',', '\\u', '\ufeff', 'null', '1e999', '"appId"', '\ud83d']
    const text = fc
      .array(fc.constantFrom(...pieces), { maxLength: 12 })
      .map((parts) => Buffer.from(parts.join('')))
    const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array))
    await fc.assert(
      fc.asyncProperty(paths, fc.oneof(bytes, text), async (index, body) => {
        await ask(routeAt(index), body)
      }),
      { numRuns: 150 },
    )
    await isWell()
  })

  test('of JSON with the names of fields anywhere is answered in the envelope', async () => {
    const names = [...new Set(routes.flatMap(({ fields }) => fields.map(({ name }) => name)))]
    const key = fc.oneof(
      fc.constantFrom(...names),
      fc.constantFrom('__proto__', 'constructor', 'toJSON', 'ret'),
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', 'x', '\ud800', [], {}),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(paths, fc.dictionary(key, value, { maxKeys: 6 }), async (index, document) => {
        // No door to the network is opened by these: no text among them is an address.
        await ask(routeAt(index), JSON.stringify(document))
      }),
      { numRuns: 150 },
    )
    await isWell()
  })

  test.each<[string, (depth: number) => string]>([
    ['arrays', (depth) => '['.repeat(depth) + ']'.repeat(depth)],
    ['objects', (depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
    ['both', (depth) => `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`],
  ])('nested up to the largest size, in %s, is answered', async (_, nest) => {
    for (const { url, fields } of routes.filter((_route, index) => index % 6 === 0)) {
      const name = fields.at(-1)?.name ?? 'x'
      await ask(url, `{"${name}":${nest(100_000)}}`)
    }
    await isWell()
  })
})
