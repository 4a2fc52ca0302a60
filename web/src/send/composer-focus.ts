/** Of the field for words. */
export const COMPOSER_ID = 'send-words'

/** Puts the focus where one writes on. */
export function focusComposer(): void {
  document.getElementById(COMPOSER_ID)?.focus({ preventScroll: true })
}
