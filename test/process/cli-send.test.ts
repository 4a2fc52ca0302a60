import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { serve, startOrigin, status } from '../rigs/origin.ts'
import { finish, newFolder, settingsFor, startProcess, token } from '../rigs/process.ts'
import { download, expectPlain, picturePath, sendingWorld, video, videoPath } from './send-rig.ts'

test('a video is sent from a file with its thumbnail: the reply alone on standard output, plain lines beside it', async () => {
  const { gateway, receiver, send } = await sendingWorld()
  const { code, stdout, stderr } = await send('--video', videoPath, '--thumb', picturePath)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const reply = JSON.parse(stdout)
  expect(reply).toMatchObject({ ret: 200, data: { toWxid: receiver.wxid, length: video.length } })
  const arrived = await download(gateway, receiver.appId, reply.data, '4')
  expect(arrived.equals(video)).toBe(true)
  expectPlain(stderr, new RegExp(`^Sent to ${receiver.wxid} in [\\d.]+ s\\.$`))
  // What is handed over has two files; both are in the total.
  const both = ((video.length + readFileSync(picturePath).length) / 1024).toFixed(1)
  expect(stderr).toContain(`To the gateway  100 %  ${both} of ${both} KiB`)
})

test('a video and a file are sent by URL, without passing through here', async () => {
  const { gateway, receiver, send } = await sendingWorld()
  const origin = await startOrigin({ '/a.mp4': serve(video), '/notes/%E6%98%A5.txt': serve('spring') })
  try {
    const byUrl = await send('--video', `${origin.url}/a.mp4`, '--duration', '3')
    expect(byUrl).toMatchObject({ code: 0 })
    expect(await download(gateway, receiver.appId, JSON.parse(byUrl.stdout).data, '4')).toEqual(video)
    expect(byUrl.stderr).not.toContain('To the gateway')
    const file = await send('--file', `${origin.url}/notes/%E6%98%A5.txt`)
    expect(JSON.parse(file.stdout)).toMatchObject({ ret: 200, data: { toWxid: receiver.wxid, type: 6 } })
  } finally {
    await origin.close()
  }
})

test('a picture is sent from a file, and a text as it was typed', async () => {
  const { gateway, receiver, send } = await sendingWorld()
  const picture = JSON.parse((await send('--image', picturePath)).stdout)
  const arrived = await download(gateway, receiver.appId, picture.data, '1')
  expect(arrived.equals(readFileSync(picturePath))).toBe(true)

  const text = '你好 "$HOME" \\n <b>'
  expect(await send('--text', text)).toMatchObject({ code: 0 })
  const database = await openDatabase(undefined, join(gateway.dataDir, 'hongyan.db'))
  const messages = await database.sql.selectFrom('messages').select('content').execute()
  await database.close()
  expect(messages.map(({ content }) => content)).toContain(text)
})

test('a file beyond the limit is refused in the words of the gateway', async () => {
  const gateway = await startProcess({
    dataDir: newFolder(),
    env: { HONGYAN_MAX_VIDEO_BYTES: '1MiB', HONGYAN_MAX_FILE_BYTES: '1MiB' },
  })
  const { appId } = await gateway.device()
  const large = join(newFolder(), 'large.bin')
  writeFileSync(large, '')
  truncateSync(large, 64 * 1024 ** 2)
  const args = ['send', '--as', appId, '--to', 'filehelper', '--file', large]
  const { code, stdout, stderr } = await finish({ args, env: settingsFor(gateway.dataDir) })
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ ret: 500, data: { sent: 'no' } })
  expect(stderr).toContain(JSON.parse(stdout).data.msg)
  expect(stderr).toContain('Nothing was sent.')
})

test.each([
  ['send', ['--as', '--to', '--video', '--image', '--file', '--text', '--thumb', '--duration', '--url']],
  ['console', ['--as']],
])('hongyan %s --help explains itself', async (command, words) => {
  const { code, stdout, stderr } = await finish({ args: [command, '--help'] })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const word of [`Usage: hongyan ${command}`, ...words]) expect(stdout).toContain(word)
})

test('device and receiver may be called by their nicknames', async () => {
  const { sender, receiver, env, gateway } = await sendingWorld()
  const nameOf = async (appId: string) =>
    (await gateway.post<{ nickName: string }>('/personal/getProfile', { appId })).data.nickName
  const [from, to] = [await nameOf(sender.appId), await nameOf(receiver.appId)]
  const sent = await finish({ args: ['send', '--as', from, '--to', to, '--text', 'hi'], env })
  expect(sent).toMatchObject({ code: 0, stderr: expect.stringContaining(`Sent to ${receiver.wxid} in`) })
  const byWxid = ['send', '--as', sender.wxid, '--to', 'filehelper', '--text', 'hi']
  expect(await finish({ args: byWxid, env })).toMatchObject({ code: 0 })
})

test('a name that several have is refused with all who have it, and nothing is sent', async () => {
  const { sender, receiver, env, gateway, send } = await sendingWorld()
  const third = await gateway.device()
  const database = await openDatabase(undefined, join(gateway.dataDir, 'hongyan.db'))
  await database.sql
    .updateTable('devices')
    .set({ nick_name: '小雁\u001b[2J' })
    .where('app_id', 'in', [receiver.appId, third.appId])
    .execute()
  await database.close()

  const as = ['send', '--as', '小雁\u001b[2J', '--to', sender.wxid, '--text', 'hi']
  const whose = await finish({ args: as, env })
  expect(whose).toMatchObject({ code: 1, stdout: '' })
  for (const words of [receiver.appId, third.appId, 'online', 'token first'])
    expect(whose.stderr).toContain(words)
  // A name is a stranger's word: it must not clear the screen.
  expect(whose.stderr).not.toContain('\u001b')

  const whom = await send('--to', '小雁\u001b[2J', '--text', 'hi')
  expect(whom).toMatchObject({ code: 1, stdout: '' })
  for (const words of [receiver.wxid, third.wxid, 'Nothing was sent.']) expect(whom.stderr).toContain(words)
})

test('a device that is not there is refused with where to look', async () => {
  const { env } = await sendingWorld()
  const args = ['send', '--as', 'nobody', '--to', 'filehelper', '--text', 'hi']
  const { code, stdout, stderr } = await finish({ args, env })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('hongyan device list')
})

test('a failed send exits with 1, tells code and sentence, and whether anything was sent', async () => {
  const { send } = await sendingWorld()
  const origin = await startOrigin({ '/gone.mp4': status(404) })
  try {
    const { code, stdout, stderr } = await send('--video', `${origin.url}/gone.mp4`)
    expect(code).toBe(1)
    const reply = JSON.parse(stdout)
    expect(reply).toMatchObject({ ret: 500, data: { code: 'fetch_status', sent: 'no' } })
    for (const words of [reply.msg, reply.data.msg, '(fetch_status)', 'Nothing was sent.'])
      expect(stderr).toContain(words)
  } finally {
    await origin.close()
  }
  const nobody = await send('--to', 'wxid_nobody', '--text', 'hi')
  expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('(receiver_unknown)') })
})

test('a file that cannot be sent is refused before the gateway hears of anything', async () => {
  const dataDir = newFolder()
  const empty = join(dataDir, 'empty.mp4')
  writeFileSync(empty, '')
  for (const [path, words] of [
    [empty, 'is empty'],
    [join(dataDir, 'none.mp4'), 'There is no file'],
    [dataDir, 'is not a file'],
  ] as const) {
    const args = ['send', '--as', 'a', '--to', 'b', '--video', path]
    const { code, stdout, stderr } = await finish({ args, env: settingsFor(dataDir) })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(words)
    expect(stderr).toContain('Nothing was sent.')
  }
})

test('where no gateway runs, that is said, also when it did not say goodbye', async () => {
  const { gateway, send, env } = await sendingWorld()
  await gateway.stop('SIGKILL')
  const dead = await send('--text', 'hi')
  expect(dead).toMatchObject({ code: 1, stdout: '' })
  for (const words of ['is not running', `process ${gateway.child.pid} is gone`, 'npm start'])
    expect(dead.stderr).toContain(words)

  const none = { ...env, HONGYAN_DATA_DIR: newFolder() }
  const never = await finish({ args: ['send', '--as', 'a', '--to', 'b', '--text', 'hi'], env: none })
  expect(never).toMatchObject({ code: 1, stdout: '' })
  expect(never.stderr).toContain('npm start')
})

test.each([
  [['--to', 'b', '--text', 'hi'], '--as'],
  [['--as', 'a', '--text', 'hi'], '--to'],
  [['--as', 'a', '--to', 'b'], 'exactly one of'],
  [['--as', 'a', '--to', 'b', '--text', 'x', '--file', 'y'], '--file and --text'],
  [['--as', 'a', '--to', 'b', '--text', 'x', '--fast'], '--fast'],
  [['--as', 'a', '--to', 'b', '--text', 'x', '--url', 'ftp://x'], '--url'],
  [['--as', 'a', '--to', 'b', '--text', 'x', '--url', 'http://127.0.0.1:1'], 'HONGYAN_TOKEN'],
])('send %j is wrong usage: exit code 2, and what would be right', async (args, words) => {
  const env = { HONGYAN_DATA_DIR: newFolder() }
  const { code, stdout, stderr } = await finish({ args: ['send', ...args], env })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(words)
})

test('a gateway elsewhere is spoken to with the token of the environment', async () => {
  const { gateway, sender, receiver } = await sendingWorld()
  // None of its data is at hand.
  const env = { HONGYAN_DATA_DIR: newFolder(), HONGYAN_TOKEN: token }
  const args = ['send', '--url', `${gateway.baseUrl}/v2/api/`, '--as', sender.appId, '--to', receiver.wxid]
  expect(await finish({ args: [...args, '--file', picturePath], env })).toMatchObject({ code: 0 })
  const wrong = { ...env, HONGYAN_TOKEN: 'wrong-token-0123456789' }
  const refused = await finish({ args: [...args, '--text', 'hi'], env: wrong })
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('(token_invalid)') })
  expect(refused.stderr + refused.stdout).not.toContain('wrong-token-0123456789')
})
