import { describe, expect, it } from 'vitest'
import { cleanName, extensionOf } from '../../src/media/file-name.ts'
import { fc } from '../rigs/properties.ts'

describe('a file name from outside', () => {
  it.each([
    ['报告 2026.pdf', '报告 2026.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\报告.docx', '报告.docx'],
    ['a\r\nSet-Cookie: x=1.txt', 'aSet-Cookie: x=1.txt'],
    ['photo\u202Egpj.exe', 'photogpj.exe'],
    ['\ud800half.txt', 'half.txt'],
    ['  spaces.txt  ', 'spaces.txt'],
    ['emoji 😀.png', 'emoji 😀.png'],
    ['', 'file'],
    ['folder/', 'file'],
    ['..', 'file'],
    [`${'.'.repeat(300)}${'a'.repeat(20)}`, 'file'],
    [`${'a'.repeat(254)} ${'b'.repeat(9)}`, 'a'.repeat(254)],
    ['\u0000', 'file'],
  ])('%j becomes %j', (given, clean) => {
    expect(cleanName(given)).toBe(clean)
    expect(cleanName(clean)).toBe(clean)
  })

  it('keeps its ending when it is cut', () => {
    const cut = cleanName(`${'长'.repeat(400)}.pdf`)
    expect([...cut]).toHaveLength(255)
    expect(cut.endsWith('长.pdf')).toBe(true)
  })

  it('is always short, never empty, without folders or control characters, and the same when cleaned again', () => {
    const hostile = fc.constantFrom('/', '\\', '\u0000', '\n', '\u202e', '\ud83d', '.', ' ', '名', 'a')
    const names = fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.string({ unit: hostile }))
    fc.assert(
      fc.property(names, (name) => {
        const clean = cleanName(name)
        expect([...clean].length).toBeGreaterThan(0)
        expect([...clean].length).toBeLessThanOrEqual(255)
        expect(clean).not.toMatch(/[/\\\p{Cc}\u202a-\u202e]/u)
        expect(() => encodeURIComponent(clean)).not.toThrow()
        expect(cleanName(clean)).toBe(clean)
      }),
    )
  })
})

describe('the ending of a name', () => {
  it.each([
    ['a.PDF', 'pdf'],
    ['a.tar.gz', 'gz'],
    ['a', undefined],
    ['a.', undefined],
    ['a.文档', undefined],
    ['a.averylongone', undefined],
    ['a.p-f', undefined],
  ])('of %j is %j', (name, extension) => {
    expect(extensionOf(name)).toBe(extension)
  })
})
