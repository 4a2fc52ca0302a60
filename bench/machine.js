// @ts-check
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type } from 'node:os'

/**
 * What the figures were measured on, as lines of a list.
 * @param {string} folder where the data folders are
 */
export function machineFacts(folder) {
  const processors = cpus()
  const [, fileSystem = ''] = execFileSync('df', ['--output=fstype', folder], { encoding: 'utf8' }).split(
    '\n',
  )
  const [curl = ''] = execFileSync('curl', ['--version'], { encoding: 'utf8' }).split(' (')
  return [
    `date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `processor: ${processors[0]?.model.trim()}, ${processors.length} cores; load before the start ${loadavg()[0]?.toFixed(2)}`,
    `memory: ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `kernel: ${type()} ${release()}; file system of the data folder: ${fileSystem.trim()}`,
    `Node ${process.version}, ${curl}`,
  ]
}
