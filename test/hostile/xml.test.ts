import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { readReference, readReferenceOf } from '../../src/messages/reference.ts'
import { fc } from '../rigs/properties.ts'

const kinds = ['video', 'image', 'voice', 'file'] as const
const [fileId, aesKey] = ['3052020100', '687a636f627579667a756a7168717968']
const nodes = {
  video: `<videomsg aeskey="${aesKey}" cdnvideourl="${fileId}"/>`,
  image: `<img aeskey="${aesKey}" cdnmidimgurl="${fileId}"/>`,
  voice: `<voicemsg aeskey="${aesKey}" voiceurl="${fileId}"></voicemsg>`,
  file: `<appmsg><type>6</type><appattach><cdnattachurl>${fileId}</cdnattachurl><aeskey>${aesKey}</aeskey></appattach></appmsg>`,
}

/** The reason of the refusal; anything but a GatewayError `xml_invalid` goes through. */
function refusal(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'xml_invalid') return error.reason
    throw error
  }
}

const name = fc
  .stringMatching(/^[A-Za-z_][-.\w]{0,8}$/)
  .filter((text) => !/^(msg|img|appmsg|videomsg|voicemsg|xml.*)$/i.test(text))
const text = fc.constantFrom(
  '',
  ' ',
  '文字',
  '&amp;',
  '&lt;msg&gt;',
  '&#x1F426;',
  '<!-- < & -->',
  '<![CDATA[</msg>&<]]>',
  ']] >',
)
const value = fc.constantFrom('', '1', '>', "'", '&quot;', '&#10;', '名')

/** Well-formed elements that say nothing of media. */
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .record({
      name,
      attributes: fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true }),
      inside: fc.array(fc.oneof({ maxDepth: 4 }, text, tie('element')), { maxLength: 3 }),
    })
    .map(({ name, attributes, inside }) => {
      const written = Object.entries(attributes).map(([each, said]) => ` ${each}="${said}"`)
      return `<${name}${written.join('')}>${inside.join('')}</${name}>`
    }),
}))
const message = fc
  .record({
    kind: fc.constantFrom(...kinds),
    before: fc.array(fc.oneof(element, text), { maxLength: 3 }),
    after: fc.array(fc.oneof(element, text), { maxLength: 3 }),
    head: fc.constantFrom(
      '',
      '<?xml version="1.0"?>\n',
      'wxid_a:\n',
      'wxid_a:\n<?xml version="1.0"?>',
      '\ufeff',
      '<!-- x -->',
    ),
  })
  .map(({ kind, before, after, head }) => ({
    kind,
    xml: `${head}<msg>${before.join('')}${nodes[kind]}${after.join('')}</msg>`,
  }))

test('the media of a message is found whatever well-formed elements stand beside it', () => {
  fc.assert(
    fc.property(message, ({ kind, xml }) => {
      // Names that JavaScript keeps for itself are refused: see below.
      if (refusal(() => readReference(xml)) === undefined)
        expect(readReference(xml)).toEqual({ kind, fileId, aesKey })
      else expect(xml).toMatch(/<(?:__proto__|constructor|prototype|toString|valueOf|hasOwnProperty)/)
    }),
    { numRuns: 600 },
  )
})

test('any damage to such a message is refused in words or changes nothing of what is found', () => {
  const put = fc.constantFrom(
    '',
    '<',
    '>',
    '"',
    "'",
    '&',
    ']]>',
    '<![CDATA[',
    '<!--',
    '/>',
    '<a>',
    '\0',
    '\ud800',
    '<!ENTITY',
  )
  fc.assert(
    fc.property(message, fc.nat(), fc.nat(8), put, ({ kind, xml }, where, cut, piece) => {
      const at = where % (xml.length + 1)
      const damaged = xml.slice(0, at) + piece + xml.slice(at + cut)
      for (const read of [() => readReference(damaged), () => readReferenceOf(kind, damaged)]) {
        const reason = refusal(read)
        if (reason === undefined)
          expect(read()).toMatchObject({
            fileId: expect.stringMatching(/./),
            aesKey: expect.stringMatching(/./),
          })
        else expect(reason).toMatch(/\p{Script=Han}{2}/u)
        expect(reason ?? '').not.toContain(aesKey)
      }
    }),
    { numRuns: 600 },
  )
})

describe('names that JavaScript keeps for itself', () => {
  const kept = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'isPrototypeOf',
    '__defineGetter__',
  ]
  test.each(kept)('%s is an element or a refusal, and reaches no prototype', (special) => {
    for (const kind of kinds) {
      const inside = `<${special}><polluted>1</polluted></${special}><${special} polluted="1"/>`
      const xml = `<msg ${special}="1">${inside}${nodes[kind]}</msg>`
      if (refusal(() => readReference(xml)) === undefined)
        expect(readReference(xml)).toEqual({ kind, fileId, aesKey })
      const asMedia = nodes[kind].replaceAll(/videomsg|img|voicemsg|appmsg/g, special)
      expect(refusal(() => readReference(`<msg>${asMedia}</msg>`))).toBeDefined()
      expect(Object.keys(Object.prototype)).toEqual([])
      expect(Reflect.get({}, 'polluted')).toBeUndefined()
    }
  })
})

describe('floods up to the largest size', () => {
  const room = 65_000
  const floods: [string, (node: string) => string][] = [
    [
      'attributes of different names',
      (node) =>
        `<msg${Array.from({ length: 7000 }, (_, at) => ` a${at}=""`)
          .join('')
          .slice(0, room - 9)} z="">${node}</msg>`,
    ],
    ['attributes of one name', (node) => `<msg${' a=""'.repeat(room / 5)}>${node}</msg>`],
    ['one attribute', (node) => `<msg a="${'x'.repeat(room)}">${node}</msg>`],
    ['references in one attribute', (node) => `<msg a="${'&#9;'.repeat(room / 4)}">${node}</msg>`],
    ['references in text', (node) => `<msg>${'&amp;'.repeat(room / 5)}${node}</msg>`],
    ['half references', (node) => `<msg>${'&'.repeat(room)}${node}</msg>`],
    ['one name', (node) => `<msg><${'a'.repeat(room)}/>${node}</msg>`],
    ['comments', (node) => `<msg>${'<!---->'.repeat(room / 7)}${node}</msg>`],
    ['CDATA sections', (node) => `<msg>${'<![CDATA[]]>'.repeat(room / 12)}${node}</msg>`],
    ['spaces in a tag', (node) => `<msg${' '.repeat(room)}>${node}</msg>`],
    ['spaces around =', (node) => `<msg a${' '.repeat(room / 2)}=${' '.repeat(room / 2)}"">${node}</msg>`],
    ['a sender without end', (node) => `${'x'.repeat(room)}:\n<msg>${node}</msg>`],
    ['spaces before a sender', (node) => `${' '.repeat(room)}wxid_a:\n<msg>${node}</msg>`],
    ['a scheme without end', (node) => `${'a+.-'.repeat(room / 4)}://<msg>${node}</msg>`],
    [
      'text in the media',
      (node) => `<msg>${node.replace('/>', `>${'文'.repeat(room / 4)}</videomsg>`)}</msg>`,
    ],
  ]
  test.each(floods)('of %s are read or refused in words', (_, flood) => {
    for (const kind of kinds) {
      const xml = flood(nodes[kind])
      const reason = refusal(() => readReference(xml))
      if (reason === undefined) expect(readReference(xml)).toEqual({ kind, fileId, aesKey })
      else {
        expect(reason).toMatch(/\p{Script=Han}{2}/u)
        // What a caller is told must not be as long as what it sent.
        expect(reason.length).toBeLessThan(400)
      }
    }
  })
})
