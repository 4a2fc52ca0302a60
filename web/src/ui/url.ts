/** Whether somebody typed what the gateway takes for a URL. */
export function isUrl(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text.trim())
}
