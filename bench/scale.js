// @ts-check

const MiB = 1024 ** 2

/**
 * How much is measured. The whole takes about seven minutes; the quick one only shows that everything runs.
 * @typedef {typeof whole} Scale
 */
export const whole = {
  rounds: 5,
  largeBytes: 1024 * MiB,
  mediumBytes: 256 * MiB,
  smallBytes: 16 * MiB,
  phoneRounds: 3,
  connections: 32,
  /** Short and many: what else the machine does then falls on both sides alike. */
  loadRounds: 11,
  loadSeconds: 4,
  warmSeconds: 3,
  burst: 200,
  burstBytes: MiB,
  seeks: 60,
}

/** @type {Scale} */
export const quick = {
  rounds: 1,
  largeBytes: 24 * MiB,
  mediumBytes: 12 * MiB,
  smallBytes: 4 * MiB,
  phoneRounds: 1,
  connections: 8,
  loadRounds: 1,
  loadSeconds: 1,
  warmSeconds: 1,
  burst: 12,
  burstBytes: MiB / 4,
  seeks: 5,
}

/** @param {number} bytes */
export const sizeOf = (bytes) => (bytes >= 1024 * MiB ? `${bytes / 1024 / MiB} GiB` : `${bytes / MiB} MiB`)

/**
 * What every row is given.
 * @typedef {object} Bench
 * @property {Scale} scale
 * @property {string} folder for data folders and files, all on one file system
 * @property {string} origin base URL
 * @property {(words: string) => void} say
 */
