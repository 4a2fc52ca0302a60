import { execFile } from 'node:child_process'
import { cpSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { newFolder, run, settingsFor, token, untilServing } from '../rigs/process.ts'
import { clientOf } from '../rigs/process-client.ts'

/** What the gateway is built from. */
const parts = [
  'src',
  'scripts',
  'assets',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'biome.json',
]

test('without the folders of the console the gateway compiles, lints, serves and sends, and has no console', async () => {
  const home = newFolder()
  for (const part of parts) cpSync(part, join(home, part), { recursive: true })
  rmSync(join(home, 'src/console'), { recursive: true })
  symlinkSync(resolve('node_modules'), join(home, 'node_modules'))
  const execute = promisify(execFile)
  await execute(process.execPath, ['scripts/build.js'], { cwd: home })
  await execute(resolve('node_modules/.bin/biome'), ['lint', '--vcs-enabled=false', 'src'], { cwd: home })

  const dataDir = newFolder()
  const command = run({ args: ['serve'], env: settingsFor(dataDir), home })
  const { baseUrl } = await untilServing(command, dataDir)
  const client = clientOf(baseUrl, token)
  const [sender, friend] = [await client.device(), await client.device()]
  const words = { appId: sender.appId, toWxid: friend.wxid, content: 'x' }
  expect(await client.post('/message/postText', words)).toMatchObject({ ret: 200 })
  for (const path of ['/console', '/console/', '/console/devices']) {
    expect((await fetch(`${baseUrl}${path}`)).status, path).toBe(404)
  }
  expect((await fetch(`${baseUrl}/docs`)).status).toBe(200)
  command.child.kill('SIGTERM')
  expect(await command.ended).toMatchObject({ code: 0 })
}, 120_000)
