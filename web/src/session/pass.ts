/**
 * The pass of a sign-in link (`#pass=…`), taken out of the address and the history at once: it is as good as a token
 * for some minutes.
 */
export function takePass(): string | undefined {
  const pass = new URLSearchParams(location.hash.slice(1)).get('pass')
  if (!pass) return undefined
  history.replaceState(null, '', location.pathname + location.search)
  return pass
}
