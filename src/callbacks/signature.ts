import { hkdfSync } from 'node:crypto'
import { Webhook } from 'standardwebhooks'

/**
 * The secret that signs a token's callbacks, as Standard Webhooks spells it: `whsec_` and 32 bytes in base64. Derived
 * from the gateway's key, so that it is kept nowhere and stays the same as long as that key does.
 */
export function callbackSecret(secretKey: Buffer, tokenId: string): string {
  const key = hkdfSync('sha256', secretKey, '', `hongyan callback ${tokenId}`, 32)
  return `whsec_${Buffer.from(key).toString('base64')}`
}

/** The headers by which a receiver can tell that the body is ours, fresh, and seen before or not. */
export function signatureHeaders(
  secret: string,
  eventId: number,
  body: string,
  now: number,
): Record<string, string> {
  const id = `evt_${eventId}`
  const at = new Date(now)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  }
}
