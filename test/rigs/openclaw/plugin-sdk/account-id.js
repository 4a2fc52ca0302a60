/**
 * An id that is safe as a file name: `ab12@im.bot` is kept as `ab12-im-bot`.
 * @param {string} id
 */
export function normalizeAccountId(id) {
  return id
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
}
