import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { takeFrame } from '../../src/media/frame.ts'
import { serveFrames } from '../../src/media/frame-server.ts'
import { fixture, sourceOf, typeOf } from './probe-source.ts'

const installed = spawnSync('ffmpeg', ['-version']).status === 0
if (!installed) console.log('ffmpeg is not installed: frames are not taken here')

const folder = mkdtempSync(join(tmpdir(), 'hongyan-frame-'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** A program that runs `script` instead of ffmpeg. */
function program(name: string, script: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return path
}

const clip = fixture('moov-last.mp4')
const clipType = await typeOf(clip)

/** What came of asking `asked` for a frame of the clip, and what the log was told. */
async function ask(asked: string) {
  const reports: string[] = []
  const frame = await takeFrame(sourceOf(clip), clipType, asked, (reason) => reports.push(reason))
  return { frame, report: reports.join('\n') }
}

describe.runIf(installed)('takeFrame', () => {
  test.each([
    ['moov-first.mp4', 240, 135],
    ['moov-last.mp4', 240, 135],
    ['clip.mov', 240, 135],
    ['clip.webm', 240, 135],
    ['clip.mkv', 240, 135],
    ['clip.mpegts', 240, 135],
    ['clip.avi', 240, 135],
    ['rotated.mp4', 135, 240],
    ['anamorphic.mp4', 240, 68],
  ])('takes a picture of %s', async (name, width, height) => {
    const bytes = fixture(name)
    const reports: string[] = []
    const frame = await takeFrame(sourceOf(bytes), await typeOf(bytes), 'ffmpeg', (reason) =>
      reports.push(reason),
    )
    expect(reports).toEqual([])
    expect(frame).toMatchObject({ width, height })
    const { format, entropy } = {
      ...(await sharp(frame?.bytes).metadata()),
      ...(await sharp(frame?.bytes).stats()),
    }
    expect(format).toBe('jpeg')
    expect(entropy).toBeGreaterThan(2)
  })

  test('takes the first frame of a video shorter than a second', async () => {
    const still = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#20a050' } })
      .png()
      .toBuffer()
    const encode = ['-f', 'png_pipe', '-i', 'pipe:0', '-c:v', 'mjpeg', '-f', 'avi', 'pipe:1']
    const { stdout } = spawnSync('ffmpeg', ['-loglevel', 'error', ...encode], { input: still })
    const frame = await takeFrame(sourceOf(stdout), await typeOf(stdout), 'ffmpeg')
    expect(frame).toMatchObject({ width: 64, height: 48 })
  })

  test('gives nothing for a damaged video and says why without the address', async () => {
    const bytes = clip.subarray(0, 5000)
    const reports: string[] = []
    const frame = await takeFrame(sourceOf(bytes), clipType, 'ffmpeg', (reason) => reports.push(reason))
    expect(frame).toBeUndefined()
    expect(reports.join()).toMatch(/ffmpeg ended with/)
    expect(reports.join()).not.toContain('127.0.0.1')
  })

  test('gives nothing when the source fails', async () => {
    const source = { length: 10_000, read: () => Promise.reject(new Error('disk gone')) }
    expect(await takeFrame(source, clipType, 'ffmpeg')).toBeUndefined()
  })
})

describe('takeFrame gives nothing', () => {
  test('when it is off, without a word', async () => {
    expect(await ask('off')).toEqual({ frame: undefined, report: '' })
  })

  test('when there is no such program', async () => {
    expect(await ask(join(folder, 'absent'))).toMatchObject({
      frame: undefined,
      report: expect.stringContaining('not installed'),
    })
  })

  test('for a type without a demuxer', async () => {
    const type = { mime: 'video/unheard', extension: 'x', measurable: false }
    expect(await takeFrame(sourceOf(clip), type, 'ffmpeg')).toBeUndefined()
  })

  test('when the program fails, keeping the end of what it said', async () => {
    const { frame, report } = await ask(program('fails', 'echo something is wrong >&2; exit 3'))
    expect(frame).toBeUndefined()
    expect(report).toContain('something is wrong')
  })

  test('when the program writes without end', async () => {
    const { frame, report } = await ask(program('endless', 'exec cat /dev/zero'))
    expect(frame).toBeUndefined()
    expect(report).toContain('more than')
  })

  test('when the program writes no picture', async () => {
    expect(await ask(program('babbles', 'echo hello'))).toMatchObject({
      frame: undefined,
      report: expect.stringContaining('thumb_invalid'),
    })
  })

  test('and tells the program nothing of the environment but the path', async () => {
    vi.stubEnv('HONGYAN_TEST_SECRET', 'do-not-tell')
    const { report } = await ask(program('tells', 'env >&2; exit 1'))
    expect(report).toContain('PATH=')
    expect(report).not.toContain('do-not-tell')
  })
})

describe('serveFrames', () => {
  test('serves the whole, ranges and nothing else', async () => {
    const server = await serveFrames(sourceOf(Buffer.from('0123456789')))
    const get = async (path: string, range?: string) => {
      const response = await fetch(new URL(path, server.url), range ? { headers: { range } } : {})
      return [response.status, await response.text(), response.headers.get('content-range')]
    }
    const path = new URL(server.url).pathname
    expect(await get(path)).toEqual([200, '0123456789', null])
    expect(await get(path, 'bytes=7-')).toEqual([206, '789', 'bytes 7-9/10'])
    expect(await get(path, 'bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10'])
    expect(await get(path, 'bytes=10-')).toEqual([416, '', 'bytes */10'])
    expect(await get('/')).toEqual([404, '', null])
    await server.close()
    await expect(fetch(server.url)).rejects.toThrow()
  })

  test('hands over more than one chunk unchanged', async () => {
    const bytes = readFileSync(new URL('../../assets/demo/hongyan.mp4', import.meta.url))
    const server = await serveFrames(sourceOf(bytes))
    const received = Buffer.from(await (await fetch(server.url)).arrayBuffer())
    expect(received.equals(bytes)).toBe(true)
    await server.close()
  })
})
