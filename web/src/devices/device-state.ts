import type { DeviceState, DeviceView } from '../../../src/console/schema.ts'
import type { Word } from '../i18n/words.ts'

const words = {
  new: 'deviceNew',
  online: 'deviceOnline',
  offline: 'deviceOffline',
  silent: 'deviceSilent',
  'scan needed': 'deviceScanNeeded',
} as const satisfies Record<DeviceState, Word>

/** A state in a word. */
export function stateWord(state: DeviceState): Word {
  return words[state]
}

/** Why a device is not online, and what to do; undefined where nothing is amiss. */
export function stateNote({ state, channel }: DeviceView): Word | undefined {
  switch (state) {
    case 'online':
      return undefined
    case 'new':
      return 'deviceNewNote'
    case 'offline':
      return channel === 'local' ? 'deviceOfflineLocalNote' : 'deviceOfflineNote'
    case 'silent':
      return 'deviceSilentNote'
    case 'scan needed':
      return 'deviceScanNeededNote'
  }
}

/** Why nothing can be sent as a device; undefined where it can be tried, as on a network that is silent. */
export function whyNotSend(device: DeviceView): Word | undefined {
  return device.state === 'silent' ? undefined : stateNote(device)
}

/** Which way leads back online; undefined for a device that is. */
export function wayBack({ state, channel, wxid }: DeviceView): 'log in' | 'bring back' | undefined {
  if (state === 'online' || state === 'silent') return undefined
  return channel === 'local' && wxid !== '' ? 'bring back' : 'log in'
}
