import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { programEnvironment } from '../config.ts'
import { systemCode } from '../errors.ts'
import { serveFrames } from './frame-server.ts'
import type { VideoType } from './sniff.ts'
import { makeThumbnail, type Thumbnail } from './thumbnail.ts'
import type { RandomAccess } from './window.ts'

/** The ffmpeg demuxer for each type, so that bytes cannot pick one that opens other files, such as a playlist. */
const demuxers: Record<string, string> = {
  'video/mp4': 'mov',
  'video/quicktime': 'mov',
  'video/x-m4v': 'mov',
  'video/3gpp': 'mov',
  'video/3gpp2': 'mov',
  'video/matroska': 'matroska',
  'video/webm': 'matroska',
  'video/mp2t': 'mpegts',
  'video/mpeg': 'mpegvideo',
  'video/MP1S': 'mpeg',
  'video/MP2P': 'mpeg',
  'video/ogg': 'ogg',
  'video/vnd.avi': 'avi',
  'video/x-flv': 'flv',
  'video/x-ms-asf': 'asf',
}

const timeLimitMs = 15_000
const outputLimit = 10 * 1024 ** 2
const stderrTail = 2000
const niceness = 10
/** One second in, past a black fade; the first frame of a video that is shorter. */
const positions = ['1', '0']

/**
 * One frame of a video as its thumbnail, taken by ffmpeg within 15 s. Never throws.
 * @param program ffmpeg's name or path; `off` asks nothing
 * @param report told in English why there is no frame, for the log; not called for `off`
 * @returns undefined when there is no such program, or it cannot make a picture of these bytes
 */
export async function takeFrame(
  source: RandomAccess,
  type: VideoType,
  program: string,
  report: (reason: string) => void = () => undefined,
): Promise<Thumbnail | undefined> {
  if (program === 'off') return undefined
  const demuxer = demuxers[type.mime]
  if (demuxer === undefined) {
    report(`no demuxer for ${type.mime}`)
    return undefined
  }
  try {
    const picture = await askFrame(source, demuxer, program)
    return await makeThumbnail(picture, 'frames')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') report(`${program} is not installed`)
    else report(error instanceof Error ? error.message : 'unknown failure')
    return undefined
  }
}

async function askFrame(source: RandomAccess, demuxer: string, program: string): Promise<Buffer> {
  const signal = AbortSignal.timeout(timeLimitMs)
  const server = await serveFrames(source)
  try {
    let failure: unknown
    for (const position of positions) {
      try {
        const picture = await run(program, frameArguments(server.url, demuxer, position), signal)
        if (picture.length > 0) return picture
      } catch (error) {
        if (signal.aborted || systemCode(error) !== undefined) throw error
        failure = error
      }
    }
    throw failure ?? new Error('ffmpeg made no picture')
  } catch (error) {
    // ffmpeg names its input in its complaints; the log need not know even a dead address.
    if (error instanceof Error) error.message = error.message.replaceAll(server.url, 'input')
    throw error
  } finally {
    await server.close()
  }
}

function frameArguments(url: string, demuxer: string, position: string): string[] {
  const decode = ['-threads', '1', '-max_pixels', '50000000', '-ss', position]
  const input = ['-protocol_whitelist', 'http,tcp', '-f', demuxer, '-i', url]
  const shape = "scale=iw*sar:ih,scale='min(480,iw)':'min(480,ih)':force_original_aspect_ratio=decrease"
  const output = ['-map', '0:v:0', '-frames:v', '1', '-filter_threads', '1', '-vf', shape]
  const encode = ['-c:v', 'mjpeg', '-q:v', '2', '-threads', '1', '-f', 'image2pipe', 'pipe:1']
  return ['-hide_banner', '-nostdin', '-loglevel', 'error', ...decode, ...input, ...output, ...encode]
}

/** Standard output of one run, empty when it made none. Rejects with the tail of standard error on failure. */
async function run(program: string, parameters: string[], signal: AbortSignal): Promise<Buffer> {
  // The environment holds the gateway's secrets and may hold a proxy, which ffmpeg would ask even for loopback.
  const env = programEnvironment()
  const child = spawn(program, parameters, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  const chunks: Buffer[] = []
  let length = 0
  let complaint = ''
  return new Promise((resolve, reject) => {
    child.once('spawn', () => lowerPriority(child.pid))
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= outputLimit) {
        chunks.push(chunk)
      } else {
        child.kill('SIGKILL')
        reject(new Error(`ffmpeg wrote more than ${outputLimit} bytes`))
      }
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-stderrTail)
    })
    child.once('error', reject)
    child.once('close', (code, killedBy) => {
      if (code === 0) resolve(Buffer.concat(chunks))
      else reject(new Error(`ffmpeg ended with ${code ?? killedBy}: ${complaint.trim()}`))
    })
  })
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness)
  } catch {
    // Gone already, or a platform that does not allow it: politeness only.
  }
}
