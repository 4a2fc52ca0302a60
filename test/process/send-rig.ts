import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect } from 'vitest'
import { finish, type GatewayProcess, newFolder, settingsFor, startProcess } from '../rigs/process.ts'

export const videoPath = resolve('test/fixtures/media/moov-first.mp4')
export const picturePath = resolve('assets/demo/hongyan.jpg')
export const video = readFileSync(videoPath)

/** What a plain progress line looks like. */
const plainLine =
  /^(To the gateway|Waiting|Fetching|Sealing|To the channel|Sending)( {2}\d+ %)?( {2}[\d.]+ of [\d.]+ [KMG]?i?B)?( {2}[\d.]+ [KMG]?i?B\/s)?( {2}[\d:]+ left)?$/

/** A gateway with a sender and a receiver, and `hongyan send` on its data folder. */
export async function sendingWorld() {
  const gateway = await startProcess({ dataDir: newFolder() })
  const [sender, receiver] = [await gateway.device(), await gateway.device()]
  const env = settingsFor(gateway.dataDir)
  return {
    gateway,
    sender,
    receiver,
    env,
    /** `hongyan send` from the sender to the receiver, or as `args` say. */
    send: (...args: string[]) =>
      finish({ args: ['send', '--as', sender.appId, '--to', receiver.wxid, ...args], env }),
  }
}

/** The bytes of a message's media, as its receiver downloads them. */
export async function download(
  gateway: GatewayProcess,
  appId: string,
  { aesKey, fileId }: { aesKey: string; fileId: string },
  type: '1' | '4' | '5',
): Promise<Buffer> {
  const request = { appId, aesKey, fileId, type, totalSize: '0', suffix: '' }
  const { data } = await gateway.post<{ fileUrl: string }>('/message/downloadCdn', request)
  return Buffer.from(await (await fetch(data.fileUrl)).arrayBuffer())
}

/** Checks that standard error is plain progress and then `last`, and nothing that moves a cursor. */
export function expectPlain(stderr: string, last: RegExp): void {
  const lines = stderr.trimEnd().split('\n')
  expect(lines.at(-1)).toMatch(last)
  for (const line of lines.slice(0, -1)) expect(line).toMatch(plainLine)
}
