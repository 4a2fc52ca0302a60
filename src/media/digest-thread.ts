import { createHash, type Hash } from 'node:crypto'
import { getPriority, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { algorithms, type DigestReply, type DigestRequest } from './digests.ts'

const NICENESS = 5

/*
 * Both digests on one thread beside the main one. A thread for each was no faster on two cores, where the main thread
 * has the rest of the work (2.7 s against 2.8 s and more for 1 GiB), and costs 7 MB.
 */
// On Linux this is of the thread, elsewhere of the process: while both have work, messages go before files.
// A process that is nicer already may not be made less so.
if (process.platform === 'linux' && getPriority() < NICENESS) setPriority(NICENESS)

const streams = new Map<number, readonly Hash[]>()
const reply = (message: DigestReply) => parentPort?.postMessage(message)

parentPort?.on('message', (request: DigestRequest) => {
  const { stream } = request
  if (request.op === 'drop') {
    streams.delete(stream)
    return
  }
  const hashes = streams.get(stream) ?? algorithms.map((algorithm) => createHash(algorithm))
  if (request.op === 'update') {
    for (const hash of hashes) hash.update(request.bytes)
    streams.set(stream, hashes)
    reply({ op: 'updated', slab: request.slab })
  } else {
    streams.delete(stream)
    const [md5 = '', sha256 = ''] = hashes.map((hash) => hash.digest('hex'))
    reply({ op: 'finished', stream, digested: { md5, sha256 } })
  }
})
