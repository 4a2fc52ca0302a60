// @ts-check
import { obeyParent } from './processes.js'

/*
 * WeChat's side of iLink in a process of its own: the service, its CDN, and the phones. It keeps no upload, so
 * that what is measured are its clients.
 */
const [rigs = ''] = process.argv.slice(2)
/** @type {typeof import('../test/rigs/ilink-server.ts')} */
const { startIlinkServer } = await import(new URL('ilink-server.js', rigs).href)
const rig = await startIlinkServer({ keepUploads: false })

obeyParent({
  addresses: () => ({ url: rig.url, cdnUrl: rig.cdnUrl }),
  /** Whether it decrypts what is uploaded and compares its md5, which takes longer than the upload. */
  verify(/** @type {boolean} */ on) {
    rig.options.verifyUploads = on
  },
  /** Takes a bot without a code, for a client that brings its own token. */
  bind: (/** @type {string} */ userId) => rig.bind(userId),
  /** Scans a code and agrees. */
  confirm(/** @type {string} */ userId, /** @type {string} */ qrData) {
    rig.phone(userId).scan(qrData)
    return rig.phone(userId).confirm(qrData)
  },
  /** A word from the phone, without which no bot may write. */
  write(/** @type {string} */ userId, /** @type {string} */ botId) {
    rig.phone(userId).write(botId, { text: '你好' })
  },
  /** What the phone shows last, and what a client did wrong. */
  seen(/** @type {string} */ userId) {
    const { kind, length } = rig.phone(userId).screen.at(-1) ?? {}
    return { kind, length, violations: rig.violations }
  },
})
