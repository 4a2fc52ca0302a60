import type { RigRequest } from '../rigs/ilink-server.ts'
import type { Allowed, Exchange, Group } from './ilink-allowed-differences.ts'

/** One place where two recordings of an exchange are not the same; `undefined` is absent. */
interface Difference {
  readonly request: string
  readonly field: string
  readonly official: unknown
  readonly ours: unknown
}

type Named = ReadonlyMap<string, RigRequest>

/**
 * Compares what two clients sent for the same thing. Equal lists mean: every difference is allowed, and everything
 * that is allowed here did differ.
 * @returns lines: the differences found, and those that the table foresees
 */
export function compare(
  exchange: Exchange,
  sent: { readonly official: readonly RigRequest[]; readonly ours: readonly RigRequest[] },
  table: readonly Allowed[],
): { readonly found: readonly string[]; readonly foreseen: readonly string[] } {
  const official = named(sent.official)
  const ours = named(sent.ours)
  const shared = [...official.keys()].filter((name) => ours.has(name))
  const foreseen = table.flatMap((entry) => placesOf(entry, exchange, official, shared).map(lineOf(entry)))
  const found = differences(official, ours).map((difference) => {
    const entry = table.find(
      (each) =>
        each.field === difference.field &&
        placesOf(each, exchange, official, shared).includes(difference.request) &&
        fits(each.official, difference.official) &&
        fits(each.ours, difference.ours),
    )
    return entry ? lineOf(entry)(difference.request) : wordsOf(difference)
  })
  const order = [...ours.keys()].filter((name) => official.has(name))
  if (order.join() !== shared.join()) found.push(`order: official ${shared.join()}, ours ${order.join()}`)
  return { found: found.sort(), foreseen: foreseen.sort() }
}

/** `getuploadurl`, and `getuploadurl 2` for the next of its kind. */
function named(requests: readonly RigRequest[]): Named {
  const byName = new Map<string, RigRequest>()
  const seen = new Map<string, number>()
  for (const request of requests) {
    const nth = (seen.get(request.endpoint) ?? 0) + 1
    seen.set(request.endpoint, nth)
    byName.set(nth === 1 ? request.endpoint : `${request.endpoint} ${nth}`, request)
  }
  return byName
}

/** The requests in which a difference has to occur. */
function placesOf({ of }: Allowed, exchange: Exchange, official: Named, shared: string[]): string[] {
  if (typeof of !== 'string') return of.in.includes(exchange) ? [of.request] : []
  return shared.filter((name) => {
    const request = official.get(name)
    return request !== undefined && belongs(request, of)
  })
}

function belongs(request: RigRequest, group: Group): boolean {
  switch (group) {
    case 'every request':
      return true
    case 'every JSON POST':
      return isJsonPost(request)
    case 'every authorized call':
      return request.headers.authorization !== undefined
  }
}

function isJsonPost({ method, headers }: RigRequest): boolean {
  return method === 'POST' && headers['content-type'] === 'application/json'
}

function differences(official: Named, ours: Named): Difference[] {
  return [...new Set([...official.keys(), ...ours.keys()])].flatMap((request) => {
    const theirs = official.get(request)
    const own = ours.get(request)
    if (!theirs || !own)
      return [{ request, field: 'the request', official: theirs?.method, ours: own?.method }]
    const left = fieldsOf(theirs)
    const right = fieldsOf(own)
    return [...new Set([...left.keys(), ...right.keys()])]
      .filter((field) => JSON.stringify(left.get(field)) !== JSON.stringify(right.get(field)))
      .map((field) => ({ request, field, official: left.get(field), ours: right.get(field) }))
  })
}

/** Everything that a request says, each thing under its name. */
function fieldsOf(request: RigRequest): Map<string, unknown> {
  const [path = '', query] = request.path.split('?')
  const fields = new Map<string, unknown>([
    ['method', request.method],
    ['path', path],
  ])
  const pairs = query === undefined ? [] : query.split('&').map((pair) => pair.split('='))
  fields.set('query names', pairs.map(([name]) => name).join('&'))
  for (const [name = '', ...value] of pairs) fields.set(`query ${name}`, value.join('='))
  for (const [name, value] of Object.entries(request.headers)) fields.set(`header ${name}`, value)
  // It follows from a body that is compared itself, and HTTP allows no wrong one.
  if (isJsonPost(request) && fields.has('header content-length')) fields.set('header content-length', 'right')
  addLeaves(fields, 'body', request.body)
  return fields
}

function addLeaves(fields: Map<string, unknown>, name: string, value: unknown): void {
  if (Array.isArray(value) && value.length > 0) {
    value.forEach((each, index) => {
      addLeaves(fields, `${name}[${index}]`, each)
    })
  } else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    for (const [key, each] of Object.entries(value)) addLeaves(fields, `${name}.${key}`, each)
  } else fields.set(name, value)
}

function fits(pattern: RegExp | undefined, value: unknown): boolean {
  return pattern === undefined
    ? value === undefined
    : value !== undefined && pattern.test(JSON.stringify(value))
}

function lineOf({ field, why }: Allowed): (request: string) => string {
  return (request) => `${request}, ${field}: ${why}`
}

function wordsOf({ request, field, official, ours }: Difference): string {
  return `${request}, ${field}: official ${JSON.stringify(official)}, ours ${JSON.stringify(ours)}`
}
