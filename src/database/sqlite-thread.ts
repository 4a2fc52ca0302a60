import { parentPort, workerData } from 'node:worker_threads'
import { SqliteFile } from './sqlite-file.ts'
import type { Batch } from './sqlite-protocol.ts'

/* Off the main thread, because a durable commit waits for the disk and nothing else should. */
const file = openFile(String(workerData))

parentPort?.on('message', (batch: Batch | 'close') => {
  if (batch === 'close') {
    file.close()
    parentPort?.close()
  } else {
    file.run(batch, (answer) => parentPort?.postMessage(answer))
  }
})

/** What the driver throws loses its words on the way out of a thread. */
function openFile(path: string): SqliteFile {
  try {
    return new SqliteFile(path)
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error))
  }
}
