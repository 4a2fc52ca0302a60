import { textOf } from './fields.ts'

const maxCharacters = 100
/** Keys, tokens and CDN parameters are long and unbroken; a server may repeat one in its error text. */
const secretLike = /[A-Za-z0-9+/=_%@.:-]{28,}/g

/** What a server said of an error, fit for a reason: printable, one line, at most 100 characters, nothing that may be a secret. */
export function serverWords(value: unknown): string {
  const text = textOf(value)?.slice(0, 1000) ?? ''
  const plain = text
    .replace(/[\p{C}\p{Z}\ufffd]+/gu, ' ')
    .trim()
    .replace(secretLike, '…')
  return [...plain].slice(0, maxCharacters).join('')
}
