import type { Channel } from './channels/channel.ts'
import type { Config } from './config.ts'
import type { Node } from './database/node.ts'
import { createPolling } from './devices/polling.ts'
import { createRemoteLogins } from './devices/remote-login.ts'
import { createSessions } from './devices/sessions.ts'
import type { Log } from './log.ts'
import { outgoingFile } from './media/outgoing.ts'
import type { Store } from './media/store.ts'
import { presence } from './messages/held.ts'
import { createListener } from './messages/listen.ts'
import type { TellDeps } from './messages/tell.ts'
import { Uploads } from './messages/uploads.ts'
import { SendWindow } from './messages/window.ts'
import type { Metrics } from './metrics.ts'
import type { Vault } from './vault.ts'

interface Parts {
  readonly config: Config
  readonly store: Store
  readonly vault: Vault
  readonly node: Node
  readonly channels: ReadonlyMap<string, Channel>
  readonly telling: TellDeps
  readonly metrics: Metrics
  readonly log: Log
}

/** The part of the composition root that serves devices on networks beyond this process. */
export function buildRemote({ config, store, vault, node, channels, telling, metrics, log }: Parts) {
  const { database, blobs } = store
  const { holder } = node
  const held = presence(telling)
  const changed = ({ tokenId, appId }: { tokenId: string; appId: string }) =>
    telling.feed.publish(tokenId, 'device', { appId })
  const sessions = createSessions({ database, vault, log, ...held, wake: telling.wake, changed })
  const cameOnline = async (device: { appId: string }) => {
    listener.wake()
    await held.cameOnline(device)
  }
  const logins = createRemoteLogins({ database, channels, vault, holder, sessions, log, cameOnline, changed })
  const listener = createListener({
    ...telling,
    sessions,
    polling: createPolling(database, holder),
    takeOver: () => logins.takeOver(),
    channels,
    vault,
    quota: config.ilinkQuota,
    log,
    observe: (count) => metrics.received.inc(count),
    observePoll: (result) => metrics.polls.inc({ result }),
  })
  const uploads = new Uploads({
    database,
    outgoing: (media) => outgoingFile(blobs, media),
    referenceHours: config.ilinkReferenceHours,
    observe: (result) => metrics.uploads.inc({ result }),
  })
  const window = new SendWindow(database, config)
  return {
    logins,
    presence: { cameOnline, wentOffline: held.wentOffline, changed },
    sending: { sessions, uploads, vault, window, holder },
    /** Polls from now on. */
    start: () => listener.start(),
    async close() {
      await Promise.all([logins.close(), listener.close()])
    },
  }
}
