import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Links, pathOfLink } from '../../src/media/links.ts'
import { isPass, makePass, readPass } from '../../src/pass.ts'
import { fc } from '../rigs/properties.ts'
import { startWorld, type World } from '../stories/refusal.ts'

const key = Buffer.alloc(32, 3)
const now = Date.UTC(2026, 0, 2)
const alphabet = [...'ABCXYZabcxyz0189-_.~/+=%? \0\n\u00e9']

describe('a pass', () => {
  const pass = makePass(key, 'tok_1', now)

  test('stands for its token, and for nobody with any one character replaced, removed or added', () => {
    expect(readPass(key, pass, now)).toBe('tok_1')
    for (let at = 0; at <= pass.length; at += 1) {
      const [head, tail] = [pass.slice(0, at), pass.slice(at + 1)]
      for (const other of alphabet) {
        if (other !== pass[at])
          expect(readPass(key, head + other + tail, now), head + other + tail).toBeUndefined()
        const longer = head + other + pass.slice(at)
        expect(readPass(key, longer, now), longer).toBeUndefined()
      }
      if (at < pass.length) expect(readPass(key, head + tail, now)).toBeUndefined()
    }
  })

  test('stands for nobody once two of its parts are swapped or cased otherwise', () => {
    const parts = pass.split('.')
    for (const [one, other] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [1, 3],
    ] as const) {
      const swapped = [...parts]
      ;[swapped[one], swapped[other]] = [parts[other] ?? '', parts[one] ?? '']
      expect(readPass(key, swapped.join('.'), now)).toBeUndefined()
    }
    for (const altered of [
      pass.toUpperCase(),
      pass.toLowerCase(),
      encodeURIComponent(pass).replace('.', '%2E'),
    ])
      if (altered !== pass) expect(readPass(key, altered, now), altered).toBeUndefined()
  })

  test('stands for nobody in any other text, under any key', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc
        .array(fc.constantFrom(...pass.split('.'), '', 'tok_2', '.', 'zzzzzzzz', 'NaN'), { maxLength: 6 })
        .map((parts) => parts.join('.')),
    )
    fc.assert(
      fc.property(text, fc.uint8Array({ minLength: 32, maxLength: 32 }), (given, other) => {
        if (given !== pass) expect(readPass(key, given, now)).toBeUndefined()
        expect(readPass(Buffer.from(other), pass, now)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  test('is no token’s form, and a token’s id with dots makes none', () => {
    expect(isPass(pass)).toBe(true)
    expect(isPass('test-token-0123456789abcdef')).toBe(false)
    expect(readPass(key, makePass(key, 'a.b', now), now)).toBeUndefined()
  })
})

describe('a signed link', () => {
  const links = new Links(key, () => now)
  const link = links.make({ tokenId: 'tok_1', blobKey: 'abcd-1' }, 'mp4')
  const path = pathOfLink(link)

  test('opens nothing with any one character added', () => {
    for (let at = 0; at <= path.length; at += 1) {
      for (const other of alphabet) {
        const longer = path.slice(0, at) + other + path.slice(at)
        expect(links.read(longer), longer).toBeUndefined()
      }
    }
  })

  test('opens only its own in any joined address', () => {
    const piece = fc.constantFrom(
      '/',
      '//',
      'download',
      'http://a',
      '..',
      '.',
      '%2f',
      '?',
      '#',
      '\\',
      path,
      link,
      path.toUpperCase(),
      '',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const below = pathOfLink(pieces.join(''))
        if (below === path) expect(links.read(below)).toEqual({ tokenId: 'tok_1', blobKey: 'abcd-1' })
        else expect(links.read(below)).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })
})

describe('at the door', { timeout: 120_000 }, () => {
  let world: World
  let opened = ''
  beforeAll(async () => {
    world = await startWorld({ HONGYAN_TOKEN_REQUEST_RATE: '0' })
    const { data } = await world.postVideo()
    const body = { appId: world.sender.appId, fileId: data.fileId, aesKey: data.aesKey, type: '4' }
    const reply = await world.gateway.post('/message/downloadCdn', body)
    opened = new URL(String(reply.data.fileUrl), 'http://a').pathname
  })
  afterAll(() => world.close())

  const encoded = (character: string, times: number) => {
    let text = `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`
    for (let more = 1; more < times; more += 1) text = text.replaceAll('%', '%25')
    return text
  }

  test('a character that is encoded once is the same link, and one that is encoded twice is none', async () => {
    const start = '/download/'.length
    for (let at = start; at < opened.length; at += 7) {
      const of = (times: number) =>
        opened.slice(0, at) + encoded(opened[at] ?? '', times) + opened.slice(at + 1)
      const [once, twice] = await Promise.all(
        [1, 2].map((times) => fetch(`${world.gateway.baseUrl}${of(times)}`, { method: 'HEAD' })),
      )
      expect(once?.status, of(1)).toBe(200)
      expect(twice?.status, of(2)).toBe(404)
    }
  })

  test('any text for a path, a query or a token is answered, and opens nothing', async () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.stringMatching(/^[%./\\a-f0-9]{0,40}$/),
    )
    await fc.assert(
      fc.asyncProperty(odd, fc.boolean(), async (text, raw) => {
        const part = raw
          ? text.replace(/[^\x21-\x7e]|[?#]/g, '')
          : encodeURIComponent(Buffer.from(text).toString())
        const paths = [`/download/${part}`, `/download?url=${part}`, `/download/20260101/${part}.mp4`]
        for (const path of paths) {
          const { status } = await fetch(`${world.gateway.baseUrl}${path}`)
          expect([404, 414], path).toContain(status)
        }
        const token = text.replace(/[^\x21-\x7e]/g, '') || 'x'
        const { ret, data } = await world.gateway.post('/login/deviceList', {}, { token: `pass.${token}` })
        expect([ret, data.code]).toEqual([500, 'token_invalid'])
      }),
      { numRuns: 60 },
    )
  })
})
