import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { files } from '../../src/demo/origin.ts'
import { startTestGateway } from '../rigs/gateway.ts'
import { serve, startOrigin } from '../rigs/origin.ts'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
if (!browserPath) console.log('No Chromium is at hand: whether a link plays in a browser was not tested.')

const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

test.runIf(browserPath)('a download link plays in a browser, and can be sought', async () => {
  const origin = await startOrigin({ '/video.mp4': serve(await readFile(files.video)) })
  const gateway = await startTestGateway({ env: { HONGYAN_FFMPEG: 'off' } })
  const browser = await chromium.launch({
    executablePath: browserPath ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  closers.push(
    () => origin.close(),
    () => gateway.close(),
    () => browser.close(),
  )
  const sender = await gateway.device()
  const sent = await gateway.post<{ aesKey: string; fileId: string }>('/message/postVideo', {
    appId: sender.appId,
    toWxid: 'filehelper',
    videoUrl: `${origin.url}/video.mp4`,
    thumbUrl: '',
    videoDuration: 1,
  })
  const { aesKey, fileId } = sent.data
  const link = await gateway.post<{ fileUrl: string }>('/message/downloadCdn', {
    appId: sender.appId,
    aesKey,
    fileId,
    type: '4',
    totalSize: '0',
    suffix: 'mp4',
  })

  const page = await browser.newPage()
  await page.goto(link.data.fileUrl)
  const video = (expression: string) => page.evaluate(`document.querySelector('video').${expression}`)
  await video('muted = true')
  await video('play()')
  await expect.poll(() => video('currentTime')).toBeGreaterThan(0)
  await video('currentTime = 8')
  await expect.poll(() => video('currentTime')).toBeGreaterThan(8)
  expect(await video('videoWidth')).toBe(1280)
})
