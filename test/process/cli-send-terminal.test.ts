import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finish, newFolder, settingsFor, startProcess } from '../rigs/process.ts'
import { sendingWorld, videoPath } from './send-rig.ts'

/** Runs a shell command under a terminal of 70 columns; answers what the terminal was shown. */
async function onTerminal(
  command: string,
  env: Record<string, string>,
): Promise<{ code: number; shown: string }> {
  const child = spawn('script', ['-qec', `stty cols 70; ${command}`, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  const [code] = await once(child, 'close')
  return { code, shown: Buffer.concat(parts).toString() }
}

test('on a terminal one line is redrawn, and the reply can be piped past it', async () => {
  const { sender, receiver, env } = await sendingWorld()
  const reply = join(newFolder(), 'reply.json')
  const send = `'${process.execPath}' dist/cli.js send --as ${sender.appId} --to ${receiver.wxid} --video ${videoPath}`
  const { code, shown } = await onTerminal(`${send} > ${reply}`, env)
  expect(code).toBe(0)
  expect(JSON.parse(readFileSync(reply, 'utf8'))).toMatchObject({ ret: 200 })
  const frames = shown.split(/\r(?!\n)/)
  const bars = frames.filter((frame) => /^To the gateway {2}\[/.test(frame))
  expect(bars.length).toBeGreaterThan(0)
  // One line, whatever is drawn: nothing but the last words ends with a line break.
  expect(shown.trimEnd().split('\n')).toHaveLength(1)
  expect(frames.at(-1)).toMatch(new RegExp(`Sent to ${receiver.wxid} in [\\d.]+ s\\.\r\n$`))
})

test('hongyan console prints a link that signs in, alone on standard output', async () => {
  const gateway = await startProcess({ dataDir: newFolder() })
  const env = settingsFor(gateway.dataDir)
  const { code, stdout, stderr } = await finish({ args: ['console'], env })
  expect(code).toBe(0)
  const [link, pass = ''] = stdout.trimEnd().split('#pass=')
  expect(link).toBe(`${gateway.baseUrl}/console/`)
  expect(stderr).toContain('ten minutes')
  const list = () =>
    fetch(`${gateway.baseUrl}/login/deviceList`, { method: 'POST', headers: { 'x-gewe-token': pass } })
  expect(await (await list()).json()).toMatchObject({ ret: 200, data: [] })

  const unknown = await finish({ args: ['console', '--as', 'nobody'], env })
  expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('token list') })
  await gateway.stop()
  const stopped = await finish({ args: ['console'], env })
  expect(stopped).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('npm start') })
})
