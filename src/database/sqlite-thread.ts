import { parentPort, workerData } from 'node:worker_threads'
import { SqliteFile } from './sqlite-file.ts'
import type { Batch } from './sqlite-protocol.ts'

/* Off the main thread, because a durable commit waits for the disk and nothing else should. */
const file = new SqliteFile(String(workerData))

parentPort?.on('message', (batch: Batch | 'close') => {
  if (batch === 'close') {
    file.close()
    parentPort?.close()
  } else {
    file.run(batch, (answer) => parentPort?.postMessage(answer))
  }
})
