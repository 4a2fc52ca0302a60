import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { finish, newFolder, settingsFor, startProcess, token } from '../rigs/process.ts'

/** What moves a cursor, paints or turns a line around. */
const obeyed = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u
const odd = '\u001b]0;x\u0007\u009b2J\u202e'

test('a device’s name moves no terminal that lists the devices', async () => {
  const gateway = await startProcess({ dataDir: newFolder() })
  await gateway.post('/login/getLoginQrCode', { appId: '' })
  const database = new Sqlite(join(gateway.dataDir, 'hongyan.db'))
  database.prepare('UPDATE devices SET nick_name = ?').run(`a${odd}b`)
  database.close()
  const { stdout } = await finish({ args: ['device', 'list'], env: settingsFor(gateway.dataDir) })
  expect(stdout).toContain('wx_')
  expect(stdout).not.toMatch(obeyed)
})

test('the reply of a gateway elsewhere moves no terminal', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ret: 500, msg: odd, data: { code: odd, msg: odd, sent: 'no' } }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const args = ['send', '--url', url, '--as', 'wx_a', '--to', 'wxid_b', '--text', 'x']
  const { stdout, stderr } = await finish({ args, env: { HONGYAN_TOKEN: token } })
  server.close()
  expect(stderr).not.toBe('')
  for (const output of [stdout, stderr]) expect(output).not.toMatch(obeyed)
})

test('a gateway whose storage failed an upload still stops', async () => {
  const gateway = await startProcess({ dataDir: newFolder() })
  const staging = join(gateway.dataDir, 'blobs', 'staging')
  await rename(staging, `${staging}-away`)
  await writeFile(staging, '')
  const response = await fetch(`${gateway.baseUrl}/tools/uploadFile?name=a`, {
    method: 'POST',
    headers: { 'x-gewe-token': token },
    body: new Uint8Array(100_000),
  })
  expect(await response.json()).toMatchObject({ ret: 500, data: { code: 'storage_failed' } })
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
})
