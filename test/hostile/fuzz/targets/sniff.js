// @ts-check
import { readFileSync } from 'node:fs'
import { extensionOf } from '../../../../dist/media/file-name.js'
import { judgeFile } from '../../../../dist/media/file-type.js'
import { sniffPicture } from '../../../../dist/media/picture.js'
import { sniffVideo } from '../../../../dist/media/sniff.js'
import { must } from '../expect.js'
import { fixture } from '../media.js'

const names = ['moov-first.mp4', 'clip.mkv', 'clip.mov', 'clip.avi', 'clip.mpegts', 'tone.mp3', 'tone.m4a']
const begun = [
  ...[
    '504b0304140000000800000000000000000000000000000000000000090000006d696d65747970656170706c69636174696f6e',
  ],
  ...['3026b2758e66cf11a6d900aa0062ce6c1e00000000000000010000000102a1dcab8c47a9cf118ee400c00c205365'],
  ...[
    '4f67675300020000000000000000',
    '49492a0008000000',
    '4d4d002a00000008',
    '89504e470d0a1a0a0000000d49484452',
    '474946383961',
  ],
  ...[
    '494433030000000000',
    '464c5601050000000900000000',
    '52494646000000005745425056503820',
    '255044462d312e37',
    '1f8b08',
  ],
  ...[
    '0000001c6674797061766966',
    'fd377a585a00',
    '377abcaf271c',
    '526172211a0700',
    '7573746172',
    'd0cf11e0a1b11ae1',
  ],
]
export const corpus = [
  ...names.map((name) => fixture(name).subarray(0, 512)),
  readFileSync(new URL('../../../../assets/demo/hongyan.jpg', import.meta.url)).subarray(0, 512),
  ...begun.map((hex) => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(64)])),
]
export const words = [
  'PK\x03\x04',
  'PK\x07\x08',
  'ID3',
  'RIFF',
  'WEBP',
  'AVI LIST',
  'ftyp',
  'IHDR',
  'IDAT',
  'acTL',
  '\xff\xd8\xff',
  'OggS',
]
export const maxLength = 5000

/** @param {Buffer} input */
export async function fuzz(input) {
  const video = await sniffVideo(input)
  must(!video || video.mime.startsWith('video/'), 'a video is a video')
  const picture = await sniffPicture(input)
  must(!picture || /^image\/(a?png|jpeg|gif|webp)$/.test(picture.mime), 'a picture is one of four')
  const file = await judgeFile(input, input.toString('latin1'))
  must(extensionOf(`a.${file.extension}`) === file.extension, 'an extension can stand in a link')
  must(/^[\w.+/-]+$/.test(file.mime), 'a type can stand in a header')
}
