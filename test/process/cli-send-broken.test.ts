import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import {
  type Behaviour,
  hangUp,
  inTurn,
  type Origin,
  serve,
  silent,
  stall,
  startOrigin,
} from '../rigs/origin.ts'
import { run, until } from '../rigs/process.ts'
import { sendingWorld, video } from './send-rig.ts'

const json = (reply: unknown): Behaviour => serve(JSON.stringify(reply), { type: 'application/json' })
const ok = (data: unknown) => json({ ret: 200, msg: '操作成功', data })
const sent = { ret: 200, msg: '操作成功', data: { newMsgId: 1 } }
const live: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('retry: 1000\n\n')
}

/** A gateway as bad as a test wants it. */
let gateway: Origin
beforeEach(async () => {
  gateway = await startOrigin({
    '/contacts/fetchContactsListCache': ok({ friends: ['wxid_b'], chatrooms: [] }),
    '/live': live,
  })
})
afterEach(() => gateway.close())

const sendText = () =>
  run({
    args: ['send', '--url', gateway.url, '--as', 'wx_a', '--to', 'wxid_b', '--text', 'hi'],
    env: { HONGYAN_TOKEN: 'some-token-0123456789' },
  })

const hits = () => gateway.hitsOf('/message/postText')
const keys = () => hits().map(({ headers }) => headers['idempotency-key'])

test('while the connection breaks, the same call is made again with the same key', async () => {
  gateway.route('/message/postText', inTurn(hangUp(), serve('<html>502</html>'), json(sent)))
  const command = sendText()
  expect(await command.ended).toMatchObject({ code: 0 })
  expect(JSON.parse(command.stdout())).toEqual(sent)
  expect(keys()).toHaveLength(3)
  expect(new Set(keys()).size).toBe(1)
  const bodies = await Promise.all(hits().map(({ body }) => body))
  expect(new Set(bodies.map(String))).toEqual(
    new Set([JSON.stringify({ appId: 'wx_a', toWxid: 'wxid_b', content: 'hi' })]),
  )
})

test('after three repetitions it says that nobody knows whether it was sent', async () => {
  gateway.route('/message/postText', hangUp())
  const command = sendText()
  expect(await command.ended).toMatchObject({ code: 1 })
  expect(command.stdout()).toBe('')
  expect(command.stderr()).toContain('Whether it was sent is not known')
  expect(keys()).toHaveLength(4)
  expect(new Set(keys()).size).toBe(1)
})

test('a gateway that is stopping is waited for, and does not make a lost call a certain one', async () => {
  const stopping = json({
    ret: 500,
    msg: '失败',
    data: { code: 'shutting_down', msg: '正在停止', sent: 'no' },
  })
  gateway.route('/message/postText', inTurn(stopping, json(sent)))
  expect(await sendText().ended).toMatchObject({ code: 0 })

  gateway.route('/message/postText', inTurn(hangUp(), stopping))
  const lost = sendText()
  expect(await lost.ended).toMatchObject({ code: 1 })
  expect(lost.stderr()).toContain('Whether it was sent is not known')
})

test('a connection that breaks while a file is handed over is told as that, and nothing is sent', async () => {
  gateway.route('/tools/uploadFile', hangUp())
  const args = ['send', '--url', gateway.url, '--as', 'wx_a', '--to', 'wxid_b', '--file', 'package.json']
  const command = run({ args, env: { HONGYAN_TOKEN: 'some-token-0123456789' } })
  expect(await command.ended).toMatchObject({ code: 1 })
  expect(command.stderr()).toContain(`${gateway.url} broke the connection off`)
  expect(command.stderr()).toContain('Nothing was sent.')
  expect(gateway.hitsOf('/message/postFile')).toEqual([])
})

test('where there is no live feed the send works without numbers', async () => {
  gateway.route('/live', hangUp())
  gateway.route('/message/postText', json(sent))
  const command = sendText()
  expect(await command.ended).toMatchObject({ code: 0 })
  expect(command.stderr()).toMatch(/^Waiting\nSent to wxid_b in [\d.]+ s\.\n$/)
})

test('progress is that of this send alone, and nonsense in the feed does no harm', async () => {
  const tellers: ((hint: object) => void)[] = []
  gateway.route('/live', (request, response) => {
    live(request, response)
    tellers.push((hint) => response.write(`event: send\ndata: ${JSON.stringify(hint)}\n\n`))
  })
  const answers: (() => void)[] = []
  gateway.route('/message/postText', (request, response) => {
    const key = request.headers['idempotency-key']
    for (const tell of tellers) {
      tell({ key: 'another', stage: 'fetch', done: 7, total: 10 })
      tell({ key, stage: 'fetch', done: -1, total: 10 })
      tell({ key, stage: '\u001b[2J', done: 1, total: 10 })
      tell({ key, stage: 'upload', done: 3, total: null })
    }
    answers.push(() => json(sent)(request, response))
  })
  const command = sendText()
  await until('the last of it is shown', () => command.stderr().includes('To the channel') || undefined)
  for (const answer of answers) answer()
  expect(await command.ended).toMatchObject({ code: 0 })
  expect(command.stderr()).toMatch(/^Waiting\nTo the channel {2}3 B\nSent to wxid_b in [\d.]+ s\.\n$/)
})

test('Ctrl-C during a download cancels: nothing was sent, and the origin is let go', async () => {
  const { gateway: real, sender, receiver, env } = await sendingWorld()
  gateway.route('/slow.mp4', stall(video.subarray(0, 1000)))
  const args = ['send', '--as', sender.appId, '--to', receiver.wxid, '--video', `${gateway.url}/slow.mp4`]
  const command = run({ args, env })
  await until('the origin is asked', () => gateway.hitsOf('/slow.mp4').length > 0 || undefined)
  command.child.kill('SIGINT')
  // npm passes it on a second time.
  command.child.kill('SIGINT')
  expect(await command.ended).toMatchObject({ code: 130 })
  expect(command.stderr()).toMatch(/\nCancelled\. Nothing was sent\.\n$/)
  expect(JSON.parse(command.stdout())).toMatchObject({ data: { code: 'send_cancelled', sent: 'no' } })
  await until('the origin is let go', () => gateway.open === 0 || undefined)
  const database = await openDatabase(undefined, join(real.dataDir, 'hongyan.db'))
  expect(await database.sql.selectFrom('messages').selectAll().execute()).toEqual([])
  await database.close()
})

test('Ctrl-C that comes too late says that it was sent', async () => {
  const answers: (() => void)[] = []
  gateway.route('/message/postText', (request, response) => {
    answers.push(() => json(sent)(request, response))
  })
  gateway.route('/message/cancelSend', (request, response) => {
    ok({ cancelled: false })(request, response)
    for (const answer of answers.splice(0)) answer()
  })
  const command = sendText()
  await until('it was asked', () => hits().length > 0 || undefined)
  command.child.kill('SIGINT')
  expect(await command.ended).toMatchObject({ code: 130 })
  expect(command.stderr()).toMatch(/\nToo late to cancel\. Sent to wxid_b in [\d.]+ s\.\n$/)
  expect(JSON.parse(command.stdout())).toEqual(sent)
  const [hit] = gateway.hitsOf('/message/cancelSend')
  expect(JSON.parse(String(await hit?.body))).toEqual({ idempotencyKey: keys()[0] })
})

test('Ctrl-C while a file is handed over ends at once, and nothing is sent', async () => {
  gateway.route('/tools/uploadFile', silent())
  const args = ['send', '--url', gateway.url, '--as', 'wx_a', '--to', 'wxid_b', '--file', 'package.json']
  const command = run({ args, env: { HONGYAN_TOKEN: 'some-token-0123456789' } })
  await until('the file comes', () => gateway.hitsOf('/tools/uploadFile').length > 0 || undefined)
  command.child.kill('SIGINT')
  expect(await command.ended).toMatchObject({ code: 130 })
  expect(command.stdout()).toBe('')
  expect(command.stderr()).toMatch(/\nCancelled\. Nothing was sent\.\n$/)
  expect(gateway.hitsOf('/message/postFile')).toEqual([])
})

test('Ctrl-C once more does not wait for an answer that does not come', async () => {
  gateway.route('/message/postText', silent())
  gateway.route('/message/cancelSend', silent())
  const command = sendText()
  await until('it was asked', () => hits().length > 0 || undefined)
  command.child.kill('SIGINT')
  await until('it ends', () => {
    command.child.kill('SIGINT')
    return command.child.exitCode ?? undefined
  })
  expect(await command.ended).toMatchObject({ code: 130 })
  expect(command.stderr()).toMatch(/not known: look before you send it again\.\n$/)
})
