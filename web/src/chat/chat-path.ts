/** Where a conversation is shown. An `@`, as chatrooms have, stays as it is. */
export function chatPath(appId: string, peer?: string): string {
  const parts = peer === undefined ? [appId] : [appId, peer]
  return `/chat/${parts.map((part) => encodeURIComponent(part).replaceAll('%40', '@')).join('/')}`
}
