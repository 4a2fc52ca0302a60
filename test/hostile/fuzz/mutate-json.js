// @ts-check

/** What a reader of JSON may not expect. */
const values = [
  ...[
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.5,
    1,
    2,
    3,
    4,
    5,
    1e21,
    1e308,
    -14,
    2 ** 53,
    '',
    ' ',
    '0',
    '-1',
    '1e3',
    '\0',
    'x\0y',
  ],
  ...[
    '\ud800',
    '\udfff',
    '\u202e',
    'a'.repeat(300),
    '9'.repeat(25),
    'http://a/',
    '../x',
    [],
    {},
    [[]],
    [{}],
    [null],
  ],
]

/**
 * Puts something else in one place of a JSON text: another value, a copy of another place, or nothing; or gives it
 * another name.
 * @param {(below: number) => number} random
 * @param {Buffer} bytes
 * @returns {Buffer} the same bytes where they are no JSON
 */
export function mutateJson(random, bytes) {
  let root
  try {
    root = { document: JSON.parse(bytes.toString()) }
  } catch {
    return bytes
  }
  const places = placesOf(root)
  const from = places[random(places.length)]
  const to = places[random(places.length)]
  if (!from || !to) return bytes
  const [holder, name] = to
  const way = random(4)
  if (way === 0) Reflect.deleteProperty(holder, name)
  else if (way === 1) Reflect.set(holder, name, structuredClone(Reflect.get(...from)))
  else if (way === 2) Reflect.set(holder, from[1], Reflect.get(holder, name))
  else Reflect.set(holder, name, structuredClone(values[random(values.length)]))
  return Buffer.from(JSON.stringify(root.document) ?? '')
}

/**
 * @param {object} root
 * @returns {[object, string][]} every property of every object and list in it
 */
function placesOf(root) {
  /** @type {[object, string][]} */
  const places = []
  const open = [root]
  for (let next = open.pop(); next !== undefined && places.length < 5000; next = open.pop()) {
    for (const [name, value] of Object.entries(next)) {
      places.push([next, name])
      if (typeof value === 'object' && value !== null) open.push(value)
    }
  }
  return places
}
