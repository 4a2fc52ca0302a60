import type { Word } from '../i18n/words.ts'

const names: Readonly<Record<string, Word>> = { local: 'deviceLocal', ilink: 'deviceIlink' }
const notes: Readonly<Record<string, Word>> = { local: 'deviceLocalNote', ilink: 'deviceIlinkNote' }

/** What a channel is called; undefined for one that these pages do not know. */
export function channelWord(channel: string): Word | undefined {
  return names[channel]
}

/** What a channel is good for. */
export function channelNote(channel: string): Word | undefined {
  return notes[channel]
}
