import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterEach, describe } from 'vitest'
import { signIn as signInWithoutBrowser } from '../console/world.ts'
import { type BrowserRig, isBrowserAtHand, useBrowser } from '../rigs/browser.ts'
import { startTestGateway, type TestDevice, type TestGateway } from '../rigs/gateway.ts'
import { type Behaviour, type Origin, serve, startOrigin } from '../rigs/origin.ts'
import { type Receiver, startReceiver } from '../rigs/receiver.ts'
import { picture } from '../rigs/videos.ts'

/** Ten seconds, one megabyte: long enough to be sought. */
export const filmPath = fileURLToPath(new URL('../../assets/demo/hongyan.mp4', import.meta.url))
export const film = readFileSync(filmPath)

/** Swan and Goose, devices of one token, on a gateway with an origin of media beside it. */
export interface Pair {
  readonly gateway: TestGateway
  readonly origin: Origin
  readonly receiver: Receiver
  readonly swan: TestDevice
  readonly goose: TestDevice
  /** A further device with this nickname. */
  named(nickName: string): Promise<TestDevice>
  /** Sends words through the API, as a program does. */
  say(from: TestDevice, toWxid: string, content: string): Promise<number>
}

export interface BrowserStory extends BrowserRig {
  pair(env?: Record<string, string>): Promise<Pair>
  /** Closes `part` after the test, behind the pages. */
  with<P extends { close(): Promise<void> }>(part: P): P
}

/** Stories of the console in a browser, on the embedded database. */
export function browserStories(title: string, tell: (story: BrowserStory) => void): void {
  describe.skipIf(!isBrowserAtHand)(title, { timeout: 90_000 }, () => {
    const open: { close(): Promise<void> }[] = []
    // Before the browser's: the last hook is called first, and pages are to close before their gateway.
    afterEach(async () => {
      for (const part of open.splice(0).reverse()) await part.close()
    })
    const browser = useBrowser()
    const keepOpen: BrowserStory['with'] = (part) => {
      open.push(part)
      return part
    }
    const pair = async (env: Record<string, string> = {}) => {
      const origin = keepOpen(
        await startOrigin({
          '/film.mp4': serve(film, { type: 'video/mp4' }),
          '/thumb.jpg': serve(picture, { type: 'image/jpeg' }),
        }),
      )
      const receiver = keepOpen(await startReceiver())
      return pairOn({ gateway: keepOpen(await startTestGateway({ env })), origin, receiver })
    }
    tell({ ...browser, pair, with: keepOpen })
  })
}

/** Two devices with names on a gateway. */
export async function pairOn(parts: Pick<Pair, 'gateway' | 'origin' | 'receiver'>): Promise<Pair> {
  const { gateway } = parts
  const named = async (nickName: string) => {
    const device = await gateway.device()
    await rename(gateway, device, nickName)
    return device
  }
  const say = async ({ appId }: TestDevice, toWxid: string, content: string) => {
    const body = { appId, toWxid, content }
    return (await gateway.post<{ newMsgId: number }>('/message/postText', body)).data.newMsgId
  }
  return { ...parts, swan: await named('Swan'), goose: await named('Goose'), named, say }
}

export async function rename(gateway: TestGateway, { appId }: TestDevice, nickName: string): Promise<void> {
  const visitor = await signInWithoutBrowser(gateway)
  const { ret, msg } = await visitor.call('/console/renameDevice', { appId, nickName })
  if (ret !== 200) throw new Error(`the device was not renamed: ${msg}`)
}

/** Where a conversation is, below `/console`. */
export function chatPath({ appId }: TestDevice, peer?: string): string {
  return peer === undefined ? `/chat/${appId}` : `/chat/${appId}/${peer}`
}

/** The open conversation's lines, oldest first. */
export function lines(page: Page) {
  return page.getByRole('region', { name: /^(Messages|消息)$/ }).getByRole('listitem')
}

/** An origin's answer that comes when the test lets it. */
export interface Held {
  readonly behaviour: Behaviour
  /** Lets so many bytes more pass. */
  give(count: number): void
  /** Lets the rest pass. */
  finish(): void
}

/** Promises all of `bytes` and holds them back. */
export function held(bytes: Buffer): Held {
  let write = (_part: Buffer) => {}
  let at = 0
  const waiting: Buffer[] = []
  const give = (count: number) => {
    write(bytes.subarray(at, at + count))
    at = Math.min(bytes.length, at + count)
  }
  write = (part) => waiting.push(part)
  return {
    behaviour(_request, response) {
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length })
      for (const part of waiting.splice(0)) response.write(part)
      write = (part) => response.write(part)
    },
    give,
    finish: () => give(bytes.length),
  }
}

/** Opens the dialog that sends a video, and gives it a URL. */
export async function sendByUrl(page: Page, url: string): Promise<void> {
  await page.getByRole('button', { name: 'Video', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: /^Send a video to / })
  await dialog.getByLabel('URL', { exact: true }).fill(url)
  await dialog.getByRole('button', { name: 'Send', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
}
