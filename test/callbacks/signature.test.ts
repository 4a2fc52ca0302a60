import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { callbackSecret, signatureHeaders } from '../../src/callbacks/signature.ts'

const key = Buffer.alloc(32, 7)

describe('the signature of callbacks', () => {
  it('has a secret of 32 bytes that depends on the key and on the token', () => {
    const secret = callbackSecret(key, 'tok_a')
    expect(secret).toMatch(/^whsec_/)
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32)
    expect(callbackSecret(Buffer.alloc(32, 7), 'tok_a')).toBe(secret)
    expect(callbackSecret(key, 'tok_b')).not.toBe(secret)
    expect(callbackSecret(Buffer.alloc(32, 8), 'tok_a')).not.toBe(secret)
  })

  it('verifies with the standard library and breaks with any other body', () => {
    const secret = callbackSecret(key, 'tok_a')
    const headers = signatureHeaders(secret, 42, '{"a":"视频"}', Date.now())
    expect(headers['webhook-id']).toBe('evt_42')
    expect(new Webhook(secret).verify('{"a":"视频"}', headers)).toEqual({ a: '视频' })
    expect(() => new Webhook(secret).verify('{"a":"视频 "}', headers)).toThrow()
    expect(() => new Webhook(callbackSecret(key, 'tok_b')).verify('{"a":"视频"}', headers)).toThrow()
  })
})
