const MAX_NAME = 255

/** Control characters, and those that turn the direction of what follows: a name must not lie about its ending. */
const unsafe = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

/** A caller's file name as it may be shown and stored: no folders, no control characters, at most 255 characters. */
export function cleanName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? ''
  const clean = shortened(base.replace(unsafe, '').trim()).trim()
  return /^[.\s]*$/.test(clean) ? 'file' : clean
}

function shortened(name: string): string {
  const characters = [...name]
  if (characters.length <= MAX_NAME) return name
  // What opens a file is its ending.
  const ending = /\.[^.]{1,16}$/u.exec(name)?.[0] ?? ''
  return `${characters.slice(0, MAX_NAME - [...ending].length).join('')}${ending}`
}

/** The ending of a name that links may carry, or undefined. */
export function extensionOf(name: string): string | undefined {
  return /\.([a-z0-9]{1,8})$/.exec(name.toLowerCase())?.[1]
}
