import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Callbacks } from './callbacks/callbacks.ts'
import type { Channel } from './channels/channel.ts'
import type { Config } from './config.ts'
import type { Contacts } from './devices/contacts.ts'
import type { Feed } from './feed.ts'
import type { FindCaller } from './http/auth.ts'
import type { Guest } from './http/guest.ts'
import type { ServedStore } from './media/download-routes.ts'
import type { RemoteMedia } from './media/remote.ts'

/** What a guest may use. */
export interface Host {
  readonly store: ServedStore
  readonly feed: Feed
  readonly channels: ReadonlyMap<string, Channel>
  readonly contacts: Contacts
  readonly callbacks: Callbacks
  readonly secretOf: (tokenId: string) => string
  readonly remoteMedia: RemoteMedia
  readonly findCaller: FindCaller
  readonly wake: () => void
  readonly config: Config
  readonly version: string
}

/** What the guest's module has. */
export interface GuestModule {
  readonly createConsole: (host: Host) => Guest
}

/**
 * The console is a guest: nothing here knows its folder at compile time, and without it the gateway is whole.
 * @returns the guests that are there
 */
export async function inviteGuests(host: Host): Promise<readonly Guest[]> {
  const name: string = './console/console.ts'
  const places = [name, name.replace(/\.ts$/, '.js')].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  )
  if (!places.some((place) => existsSync(place))) return []
  const { createConsole } = (await import(name)) as GuestModule
  return [createConsole(host)]
}
