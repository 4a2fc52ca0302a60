// @ts-check
import { Links, pathOfLink } from '../../../../dist/media/links.js'
import { makePass, readPass } from '../../../../dist/pass.js'
import { must } from '../expect.js'

const key = Buffer.alloc(32, 7)
const now = Date.UTC(2026, 0, 1)
const links = new Links(key, () => now)
const link = links.make({ tokenId: 'tok', blobKey: 'abcd-1' }, 'mp4')
const path = pathOfLink(link)
const pass = makePass(key, 'tok', now)
export const corpus = [link, `http://127.0.0.1/a/${link}?x#y`, pass, `pass..${'A'.repeat(43)}`].map((text) =>
  Buffer.from(text),
)
export const words = [
  '/download/',
  '//',
  '%2f',
  '.',
  '..',
  '?',
  '#',
  '\0',
  '\n',
  'pass.',
  '20260101/',
  '=',
  '.mp4',
  '\xff',
]
export const maxLength = 4096

/** Nothing but what was made opens anything. @param {Buffer} input */
export function fuzz(input) {
  for (const text of [input.toString(), input.toString('latin1')]) {
    const below = pathOfLink(text)
    must(links.read(below) === undefined || below === path, 'an altered link opens nothing')
    must(readPass(key, text, now) === undefined || text === pass, 'an altered pass stands for nobody')
  }
}
