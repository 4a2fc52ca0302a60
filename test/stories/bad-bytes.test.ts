import { readFile } from 'node:fs/promises'
import { crc32, deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { html, serve } from '../rigs/origin.ts'
import { expectRefusal, picture, startWorld, video, type World } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const fixture = (name: string) => readFile(new URL(`../fixtures/media/${name}`, import.meta.url))
const moovLast = await fixture('moov-last.mp4')
const mkv = await fixture('clip.mkv')
const audio = await Promise.all(['audio-only.mp4', 'tone.m4a', 'tone.mp3'].map(fixture))

/** A PNG of one grey level: a few KiB that open to `side` times `side` pixels. */
function bomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 1
  const pixels = deflateSync(Buffer.alloc((side / 8 + 1) * side))
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The same PNG with another size in its header. */
function claim(png: Buffer, side: number): Buffer {
  const forged = Buffer.from(png)
  forged.writeUInt32BE(side, 16)
  forged.writeUInt32BE(side, 20)
  forged.writeUInt32BE(crc32(forged.subarray(12, 29)), 29)
  return forged
}

const ftyp = Buffer.from('\0\0\0\x18ftypisom\0\0\0\x01isomavc1', 'latin1')
const videos: [string, Buffer][] = [
  ['text', Buffer.from('not a video at all')],
  ['one byte', Buffer.from('x')],
  ['zeros', Buffer.alloc(10_000)],
  ['a picture', picture],
  ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj')],
  ['an MP4 of sound alone', audio[0] ?? ftyp],
  ['an M4A', audio[1] ?? ftyp],
  ['an MP3', audio[2] ?? ftyp],
  ['an MP4 cut in its index', video.subarray(0, 300)],
  ['an MP4 cut in its data', video.subarray(0, 12_000)],
  ['an MP4 whose index at the end is cut off', moovLast.subarray(0, 15_000)],
  ['an MP4 that lacks its last byte', video.subarray(0, -1)],
  ['an MP4 of a name and nothing else', ftyp],
  ['a name of MP4 before a web page', Buffer.concat([ftyp, Buffer.from('<html>'.repeat(999))])],
  ['a Matroska cut in its header', mkv.subarray(0, 60)],
  ['a name of FLV before a web page', Buffer.from(`FLV\x01${'<html>'.repeat(999)}`, 'latin1')],
  ['a name of AVI before a web page', Buffer.from(`RIFF\xff\0\0\0AVI ${'<html>'.repeat(999)}`, 'latin1')],
]

describe('a videoUrl that brings', () => {
  test.each(videos)('%s is refused', async (_name, bytes) => {
    world.origin.route('/bytes', serve(bytes, { type: 'video/mp4' }))
    const ask = () => world.postVideo({ videoUrl: world.link('/bytes') })
    await expectRefusal(world.gateway, ask, { code: 'video_invalid' })
  })

  test.each(videos)('%s is refused also where a frame of it is wanted', async (_name, bytes) => {
    world.origin.route('/bytes', serve(bytes, { type: 'video/mp4' }))
    const ask = () => world.postVideo({ videoUrl: world.link('/bytes'), thumbUrl: '' })
    await expectRefusal(world.gateway, ask, { code: 'video_invalid' })
  })

  test('an HTML page is refused, naming what it is', async () => {
    world.origin.route('/page', html())
    const ask = () => world.postVideo({ videoUrl: world.link('/page') })
    await expectRefusal(world.gateway, ask, { code: 'video_invalid', says: /videoUrl .*text\/html/ })
  })
})

const pictures: [string, Buffer, RegExp][] = [
  ['a video', video, /视频/],
  ['text', Buffer.from('no picture'), /不是图片/],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'), /./],
  ['a sound', audio[2] ?? ftyp, /./],
  ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj'), /./],
  ['a JPEG cut in the middle', picture.subarray(0, picture.length - 100), /./],
  ['a JPEG of a name and nothing else', picture.subarray(0, 20), /./],
  ['a PNG that opens to 64 megapixels', bomb(8000), /像素/],
  ['a PNG that claims 10 gigapixels', claim(bomb(8), 100_000), /像素/],
]

describe('a thumbUrl that brings', () => {
  test.each(pictures)('%s is refused and not swapped for another', async (_name, bytes, says) => {
    world.origin.route('/bytes', serve(bytes, { type: 'image/jpeg' }))
    const ask = () => world.postVideo({ thumbUrl: world.link('/bytes') })
    await expectRefusal(world.gateway, ask, { code: 'thumb_invalid', says })
  })

  test('an HTML page is refused', async () => {
    world.origin.route('/page', html())
    const ask = () => world.postVideo({ thumbUrl: world.link('/page') })
    await expectRefusal(world.gateway, ask, { code: 'thumb_invalid', says: /不是图片/ })
  })
})
