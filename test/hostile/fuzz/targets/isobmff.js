// @ts-check
import { fixture, probe } from '../media.js'

const names = [
  'moov-first.mp4',
  'rotated.mp4',
  'anamorphic.mp4',
  'fragmented.mp4',
  'audio-only.mp4',
  'clip.mov',
]
/** Without the samples, which nobody reads: they would take most of the damage. */
export const corpus = names.map((name) => {
  const bytes = fixture(name)
  const at = bytes.indexOf('moov') - 4
  return bytes.subarray(at, at + bytes.readUInt32BE(at))
})
const types = [
  'moov',
  'trak',
  'mdia',
  'minf',
  'stbl',
  'stsd',
  'mvhd',
  'tkhd',
  'mdhd',
  'hdlr',
  'mvex',
  'mehd',
  'esds',
]
export const words = [
  ...types.map((type) => `\0\0\0\x08${type}`),
  ...types.map((type) => `\0\0\0\0${type}`),
  ...types.map((type) => `\0\0\0\x01${type}\0\0\0\0\0\0\0\x10`),
  ...[
    'vide',
    'soun',
    'mp4a',
    'avc1',
    '\xff\xff\xff\xff\xff\xff\xff\xff',
    '\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff',
  ],
]

/** @param {Buffer} input */
export const fuzz = (input) => probe(input, 'video/mp4')
