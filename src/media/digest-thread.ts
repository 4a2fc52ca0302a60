import { createHash, type Hash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import type { DigestReply, DigestRequest } from './digests.ts'

/* One digest algorithm, any number of streams: MD5 is the slowest thing we do with a byte, so it has a core to itself. */
const algorithm = String(workerData)
const hashes = new Map<number, Hash>()
const reply = (message: DigestReply) => parentPort?.postMessage(message)

parentPort?.on('message', (request: DigestRequest) => {
  const { stream } = request
  if (request.op === 'drop') {
    hashes.delete(stream)
    return
  }
  const hash = hashes.get(stream) ?? createHash(algorithm)
  if (request.op === 'update') {
    hashes.set(stream, hash.update(request.bytes))
    reply({ op: 'updated', slab: request.slab })
  } else {
    hashes.delete(stream)
    reply({ op: 'finished', stream, digest: hash.digest('hex') })
  }
})
