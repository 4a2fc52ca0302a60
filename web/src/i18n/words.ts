import { callbackWords } from '../callbacks/words.ts'
import { chatWords } from '../chat/words.ts'
import { contactWords } from '../contacts/words.ts'
import { deviceWords } from '../devices/words.ts'
import { sendWords } from '../send/words.ts'
import { sessionWords } from '../session/words.ts'
import { commonWords } from './common-words.ts'

/** Every word of the pages: Chinese, English. `{name}` stands for a parameter. */
export const words = {
  ...commonWords,
  ...sessionWords,
  ...deviceWords,
  ...contactWords,
  ...chatWords,
  ...sendWords,
  ...callbackWords,
} as const satisfies Record<string, readonly [zh: string, en: string]>

export type Word = keyof typeof words
