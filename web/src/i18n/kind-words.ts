/** What each kind of media is called. */
export const kindWords = {
  video: 'kindVideo',
  image: 'kindImage',
  voice: 'kindVoice',
  file: 'kindFile',
} as const
