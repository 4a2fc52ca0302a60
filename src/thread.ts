import { createRequire } from 'node:module'
import { Worker, type WorkerOptions } from 'node:worker_threads'

const require = createRequire(import.meta.url)

/**
 * Starts one of our thread modules. Threads always run the built file (`#thread/…` of package.json points into dist/),
 * because Node cannot run TypeScript; tests, which run the sources, therefore build first.
 * @param name path of the module below src, without extension
 */
export function startThread(name: string, options: WorkerOptions): Worker {
  return new Worker(require.resolve(`#thread/${name}`), options)
}
