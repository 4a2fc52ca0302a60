import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the plugin keeps downloads and its log: below its state folder, so that removing that removes everything. */
export function resolvePreferredOpenClawTmpDir() {
  return join(process.env.OPENCLAW_STATE_DIR ?? tmpdir(), 'tmp')
}

/**
 * Nothing else writes the files of a test, so no lock is taken.
 * @template T
 * @param {string} _path
 * @param {unknown} _options
 * @param {() => Promise<T>} work
 */
export function withFileLock(_path, _options, work) {
  return work()
}
