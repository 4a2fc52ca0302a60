import { describe, expect, it } from 'vitest'
import { Links } from '../../src/media/links.ts'
import { fc } from '../rigs/properties.ts'

const key = Buffer.alloc(32, 1)
const target = { tokenId: 'tok_1', blobKey: '0123456789abcdef-0001' }
const week = 7 * 24 * 3600 * 1000
const moment = Date.UTC(2026, 8, 5, 23, 59, 59)

const pathOf = (link: string) => link.slice('/download/'.length)

describe('download links', () => {
  it('open what they were made for', () => {
    const links = new Links(key, () => moment)
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9_-]{1,60}$/),
        fc.stringMatching(/^[a-z0-9-]{4,100}$/),
        (tokenId, blobKey) => {
          expect(links.read(pathOf(links.make({ tokenId, blobKey }, 'mp4')))).toEqual({ tokenId, blobKey })
        },
      ),
    )
  })

  it('name the day of their making and the file type', () => {
    const link = new Links(key, () => moment).make(target, 'mp4')
    expect(link).toMatch(/^\/download\/20260905\/[\w-]+\.[\w-]{43}\.mp4$/)
  })

  it('open after a restart with the same key, and not with another', () => {
    const path = pathOf(new Links(key, () => moment).make(target, 'mp4'))
    expect(new Links(Buffer.from(key), () => moment).read(path)).toEqual(target)
    expect(new Links(Buffer.alloc(32, 2), () => moment).read(path)).toBeUndefined()
  })

  it('open nothing once any one character of theirs is another', () => {
    const links = new Links(key, () => moment)
    const path = pathOf(links.make(target, 'mp4'))
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./+= %']
    let refused = 0
    for (let at = 0; at < path.length; at += 1) {
      for (const other of alphabet) {
        if (other === path[at]) continue
        const altered = path.slice(0, at) + other + path.slice(at + 1)
        expect(links.read(altered), altered).toBeUndefined()
        refused += 1
      }
    }
    expect(refused).toBe(path.length * (alphabet.length - 1))
  })

  it('open nothing once they are longer or shorter', () => {
    const links = new Links(key, () => moment)
    const path = pathOf(links.make(target, 'mp4'))
    for (const altered of [path.slice(1), path.slice(0, -1), `${path}4`, `/${path}`, `${path}\n`, ''])
      expect(links.read(altered), altered).toBeUndefined()
  })

  it('are good for seven days', () => {
    let now = moment
    const links = new Links(key, () => now)
    const path = pathOf(links.make(target, 'mp4'))
    now = moment + week
    expect(links.read(path)).toEqual(target)
    now += 1
    expect(links.read(path)).toBe('expired')
  })

  it('tell nobody who altered one that it has expired', () => {
    let now = moment
    const links = new Links(key, () => now)
    const path = pathOf(links.make(target, 'mp4'))
    now = moment + 2 * week
    expect(links.read(path.replace(/mp4$/, 'mp3'))).toBeUndefined()
  })
})
