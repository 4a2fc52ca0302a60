// @ts-check
import { fixture, probe } from '../media.js'

export const corpus = ['clip.mkv', 'clip.webm'].map((name) => {
  const bytes = fixture(name)
  const head = Buffer.from(bytes.subarray(0, 900))
  // The segment's size is left open, as a live recording does, since most of it is gone.
  const segment = head.indexOf('18538067', 'hex')
  head.write('01ffffffffffffff', segment + 4, 'hex')
  return head
})
export const words = [
  ...[
    '\x1a\x45\xdf\xa3',
    '\x18\x53\x80\x67',
    '\x15\x49\xa9\x66',
    '\x16\x54\xae\x6b',
    '\x1f\x43\xb6\x75',
    '\xae',
    '\xe0',
  ],
  ...[
    '\x76\x70',
    '\x76\x75',
    '\x54\xb0',
    '\x54\xba',
    '\x54\xb2',
    '\x44\x89',
    '\x2a\xd7\xb1',
    '\x86',
    '\x83',
    '\xb0',
    '\xba',
  ],
  ...[
    '\xff',
    '\x80',
    '\x81',
    '\x01\xff\xff\xff\xff\xff\xff\xff',
    '\x00\xff\xff\xff\xff\xff\xff\xff\xff',
    '\x7f\xf0\0\0\0\0\0\0',
  ],
]

/** @param {Buffer} input */
export const fuzz = (input) => probe(input, 'video/webm')
