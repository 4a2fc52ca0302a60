// @ts-check
import { makeFileId, readFileId } from '../../../../dist/media/file-id.js'
import { must } from '../expect.js'

const uuid = 'fc117a6f-6efc-468f-a66b-561a9a8a83b5'
export const corpus = [
  ...['video', 'image', 'file', 'voice'].map((kind) =>
    Buffer.from(
      makeFileId({ uuid, unixSeconds: 1_703_841_906, account: 'a', kind: /** @type {'video'} */ (kind) }),
      'hex',
    ),
  ),
  Buffer.from('30800201000480040200000000', 'hex'),
]
export const words = [
  '\x30\x80',
  '\x00\x00',
  '\x24\x80',
  '\x04\x84\xff\xff\xff\xff',
  '\x02\x00',
  '\x02\x01\x00',
  '\x1f\xff\xff\x7f',
]
export const maxLength = 600

/** Bytes as hex, and as text. @param {Buffer} input */
export function fuzz(input) {
  for (const text of [input.toString('hex'), input.toString('latin1')]) {
    const content = readFileId(text)
    if (!content) continue
    must(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(content.uuid), 'it is a uuid')
    must(content.unixSeconds >= 0 && content.unixSeconds < 2 ** 32, 'it is a time')
  }
}
