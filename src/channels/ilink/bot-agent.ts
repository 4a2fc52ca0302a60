import { version } from '../../version.ts'

const maxBytes = 256
const token = /\([^()]*\)|[^\s()]+/g
const product = /^[A-Za-z0-9_.-]{1,32}(\/[A-Za-z0-9_.+-]{1,32})?$/
const comment = /^\([\x20-\x27\x2a-\x7e]{1,64}\)$/
const fallback = 'Hongyan'

/**
 * How the gateway introduces itself (sheet 2.3): products `Name/Version`, each with at most one `(comment)`, in at most
 * 256 bytes. What does not fit the grammar is left out; a name alone gets the gateway's version.
 */
export function botAgent(text: string): string {
  const products: string[] = []
  let open = false
  for (const [piece] of text.matchAll(token)) {
    if (product.test(piece)) products.push(versioned(piece))
    else if (open && comment.test(piece)) products.push(`${products.pop()} ${piece}`)
    open = product.test(piece)
  }
  while (products.join(' ').length > maxBytes) products.pop()
  return products.join(' ') || versioned(fallback)
}

function versioned(piece: string): string {
  return piece.includes('/') ? piece : `${piece}/${version}`
}
