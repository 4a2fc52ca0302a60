import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { serve, startOrigin } from '../rigs/origin.ts'
import { newFolder, startProcess, until } from '../rigs/process.ts'
import { picture, variant, video } from '../rigs/videos.ts'
import { capitalForm } from './events.ts'
import { freePort } from './listener.ts'
import { at, textAt } from './reading.ts'

const program = fileURLToPath(new URL('python/client.py', import.meta.url))
/** Debian's own, or whichever is first on the path; undefined where neither has requests. */
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import requests']).status === 0,
)
if (!python) console.warn('Python 3 with requests is not at hand: its test did not run')

/** The Python program under way: what it says, line by line. */
function runPython(command: string, args: readonly string[]) {
  const child = spawn(command, [program, ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  let complaints = ''
  child.stdout.on('data', (part: Buffer) => {
    said += part.toString()
  })
  child.stderr.on('data', (part: Buffer) => {
    complaints += part.toString()
  })
  const ended = once(child, 'close')
  const lines = () =>
    said
      .split('\n')
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line))
  return {
    /** Waits for it to come to this step. */
    step: (name: string) =>
      until(`the program has ${name}`, () => {
        if (child.exitCode !== null) throw new Error(complaints)
        return lines().find((line) => at(line, 'step') === name)
      }),
    /** The messages that a device was told of, at the program's server. */
    told: (appId: string) =>
      lines()
        .filter((line) => at(line, 'step') === 'told')
        .map((line) => capitalForm(at(line, 'body')))
        .filter((event) => event?.appId === appId),
    async end(): Promise<unknown> {
      child.stdin.end()
      const [code] = await ended
      return code
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

test.skipIf(!python)(
  'a program in Python logs in, hears, sends, forwards, downloads and withdraws',
  async () => {
    const friendVideo = variant('of a friend')
    const origin = await startOrigin({
      '/video.mp4': serve(video, { type: 'video/mp4' }),
      '/thumb.jpg': serve(picture, { type: 'image/jpeg' }),
      '/friend.mp4': serve(friendVideo, { type: 'video/mp4' }),
    })
    try {
      const port = await freePort()
      const gateway = await startProcess({
        dataDir: newFolder(),
        env: { HONGYAN_DOWNLOAD_PORT: `${port}`, HONGYAN_FFMPEG: 'off' },
      })
      const friend = await gateway.device()
      const downloadUrl = `http://127.0.0.1:${port}/download/`
      await using running = runPython(python ?? '', [`${gateway.baseUrl}/v2/api`, downloadUrl, origin.url])

      const login = await running.step('logged in')
      const wxid = textAt(login, 'wxid')
      await running.step('callback set')

      const to = { appId: friend.appId, toWxid: wxid }
      const media = { videoUrl: `${origin.url}/friend.mp4`, thumbUrl: `${origin.url}/thumb.jpg` }
      expect((await gateway.post('/message/postText', { ...to, content: '你好' })).ret).toBe(200)
      const written = await gateway.post<{ newMsgId: number }>('/message/postVideo', {
        ...to,
        ...media,
        videoDuration: 1,
      })
      expect(await running.step('heard')).toMatchObject({
        text: '你好',
        newMsgId: `${written.data.newMsgId}`,
      })

      const sent = textAt(await running.step('sent'), 'newMsgId')
      const forwarded = textAt(await running.step('forwarded'), 'newMsgId')
      expect(await running.step('downloaded')).toMatchObject({
        sha256: createHash('sha256').update(friendVideo).digest('hex'),
      })
      await running.step('revoked')

      const notice = await until('the friend hears of the withdrawal', () =>
        running.told(friend.appId).find((event) => event?.kind === 'revoke'),
      )
      expect(notice.content).toContain(`<newmsgid>${sent}</newmsgid>`)
      const videos = running.told(friend.appId).filter((event) => event?.kind === 'video')
      expect(new Set(videos.map((event) => event?.id))).toEqual(new Set([sent, forwarded]))
      expect(await running.end()).toBe(0)
    } finally {
      await origin.close()
    }
  },
)
