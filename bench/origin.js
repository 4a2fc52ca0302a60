// @ts-check
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { serveToParent } from './processes.js'

/*
 * A place where callers keep media, in a process of its own. `/video/<bytes>.mp4?seed=<text>` is a playable MP4 of
 * exactly that length, another one for every seed; `/thumb.jpg?seed=<text>` is the demo's picture. Videos come out of
 * one block of memory: an origin that reads files or makes bytes would be what is measured on a small machine.
 */
const BLOCK_BYTES = 1024 * 1024
const assets = new URL('../assets/demo/', import.meta.url)
const noise = randomBytes(BLOCK_BYTES)
const thumb = readFileSync(new URL('hongyan.jpg', assets))
const movie = readFileSync(new URL('hongyan.mp4', assets))
const head = Buffer.concat([box('ftyp'), box('moov')])

/** @param {string} type of a top-level box of the demo's video */
function box(type) {
  for (let at = 0; at + 8 <= movie.length; at += movie.readUInt32BE(at)) {
    if (movie.toString('latin1', at + 4, at + 8) === type)
      return movie.subarray(at, at + movie.readUInt32BE(at))
  }
  throw new Error(`assets/demo/hongyan.mp4 has no ${type}`)
}

/**
 * `ftyp`, `moov`, then one `mdat` up to the length; the seed stands in the first bytes of its content.
 * @param {number} length
 * @param {string} seed
 */
function* video(length, seed) {
  const mdat = Buffer.alloc(8)
  mdat.writeUInt32BE(length - head.length)
  mdat.write('mdat', 4, 'latin1')
  const first = Buffer.concat([head, mdat, Buffer.from(seed.padEnd(64))])
  yield first
  for (let left = length - first.length; left > 0; left -= BLOCK_BYTES) yield noise.subarray(0, left)
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://origin')
  const seed = searchParams.get('seed') ?? ''
  const length = Number(/^\/video\/(\d+)\.mp4$/.exec(pathname)?.[1])
  const etag = `"${pathname}-${seed}"`
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
  if (pathname === '/thumb.jpg') {
    return response
      .writeHead(200, { etag, 'content-type': 'image/jpeg', 'content-length': thumb.length })
      .end(thumb)
  }
  if (!(length > head.length + 72)) return response.writeHead(404).end()
  response.writeHead(200, { etag, 'content-type': 'video/mp4', 'content-length': length })
  const parts = video(length, seed)
  const pump = () => {
    for (let next = parts.next(); !next.done; next = parts.next()) if (!response.write(next.value)) return
    response.end()
  }
  response.on('drain', pump)
  pump()
})
serveToParent(server)
