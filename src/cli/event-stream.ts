/** One server-sent event. */
export interface ServerEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

/** Characters of one event; more is no event of ours. */
const MAX_EVENT = 64 * 1024

/**
 * Reads server-sent events off a response.
 * @throws {Error} for an event that has no end
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of body) {
    text += decoder.decode(piece, { stream: true })
    const blocks = text.split(/\r?\n\r?\n/)
    text = blocks.pop() ?? ''
    if (text.length > MAX_EVENT) throw new Error('an event of the live feed is too long')
    for (const block of blocks) yield parse(block)
  }
}

function parse(block: string): ServerEvent {
  const fields = new Map<string, string>()
  for (const line of block.split(/\r?\n/)) {
    const [name = '', ...rest] = line.split(':')
    const value = rest.join(':').replace(/^ /, '')
    const before = name === 'data' ? fields.get(name) : undefined
    fields.set(name, before === undefined ? value : `${before}\n${value}`)
  }
  return {
    id: fields.get('id') ?? '',
    event: fields.get('event') ?? 'message',
    data: fields.get('data') ?? '',
  }
}
