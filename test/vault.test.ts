import { expect, it } from 'vitest'
import { Vault } from '../src/vault.ts'
import { fc } from './rigs/properties.ts'

const vault = new Vault(Buffer.alloc(32, 1))

it('opens what it sealed, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, place) => {
      expect(vault.open(vault.seal(text, place), place)).toBe(text.replace(/\p{Surrogate}/gu, '\ufffd'))
    }),
  )
})

it('seals the same text differently each time, and shows nothing of it', () => {
  const [one, two] = [vault.seal('bot-token', 'session a'), vault.seal('bot-token', 'session a')]
  expect(one).not.toBe(two)
  expect(Buffer.from(one.slice(3), 'base64url').toString('latin1')).not.toContain('bot-token')
})

it('opens nothing under another key, for another place, or after a change of any character', () => {
  const sealed = vault.seal('secret', 'session a')
  expect(new Vault(Buffer.alloc(32, 2)).open(sealed, 'session a')).toBeUndefined()
  expect(vault.open(sealed, 'session b')).toBeUndefined()
  for (let at = 0; at < sealed.length - 1; at += 1) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    expect(vault.open(sealed.slice(0, at) + other + sealed.slice(at + 1), 'session a')).toBeUndefined()
  }
})

it('opens nothing of what is no sealed text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String().map((text) => `v1.${text}`),
      ),
      (text) => {
        expect(vault.open(text, 'x')).toBeUndefined()
      },
    ),
  )
})
