import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { backUp } from '../../src/cli/backup.ts'
import { printConsoleLink } from '../../src/cli/console.ts'
import { addDevice, listDevices } from '../../src/cli/device.ts'
import { restore } from '../../src/cli/restore.ts'
import { createToken, listTokens, revokeToken } from '../../src/cli/token.ts'
import { readConfig } from '../../src/config.ts'
import { startGateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { signIn } from '../console/world.ts'
import { serve, startOrigin } from '../rigs/origin.ts'
import { printedBy, settle, settledGateway, token } from './in-process.ts'

let world: Awaited<ReturnType<typeof settledGateway>>
let folder: string
beforeAll(async () => {
  world = await settledGateway()
  folder = await mkdtemp(join(tmpdir(), 'hongyan-operator-'))
})
beforeEach(() => settle(world.gateway.dataDir))
afterEach(() => vi.unstubAllEnvs())
afterAll(async () => {
  await world.gateway.close()
  await rm(folder, { recursive: true, force: true })
})

test('a token is made, listed, used by a device and revoked', async () => {
  const made = await printedBy(() => createToken('crm'))
  expect((await printedBy(listTokens)).stdout).toMatch(/ crm .* live/)
  const added = await printedBy(() => addDevice({ token: 'crm' }))
  const listed = await printedBy(() => listDevices({ token: 'crm' }))
  expect(listed.stdout).toContain(added.stdout)
  expect(await world.gateway.post('/login/deviceList', {}, { token: made.stdout })).toMatchObject({
    ret: 200,
    data: [added.stdout],
  })
  expect((await printedBy(() => revokeToken('crm'))).stdout).toBe('Revoked 1 token.')
  expect((await printedBy(() => revokeToken('crm'))).error?.message).toContain('token list')
})

test('a device of no known channel is refused, and no data folder is made by asking', async () => {
  expect((await printedBy(() => addDevice({ token: 'first', channel: 'smoke' }))).error?.message).toContain(
    'local or ilink',
  )
  settle(join(folder, 'nowhere'))
  expect((await printedBy(listTokens)).error?.message).toContain('There is no data in')
})

test('the link to the console signs in', async () => {
  const { stdout } = await printedBy(() => printConsoleLink({ as: 'first' }))
  const [page = '', pass = ''] = stdout.split('#pass=')
  expect(page).toBe(`${world.gateway.baseUrl}/console/`)
  const visitor = await signIn(world.gateway, pass)
  expect(await visitor.call('/console/devices')).toMatchObject({ ret: 200 })
})

test('a backup of a gateway that serves comes back in another folder, with its media', async () => {
  const { gateway, sender, receiver } = world
  const content = readFileSync('test/fixtures/media/moov-first.mp4')
  const origin = await startOrigin({ '/a.mp4': serve(content) })
  const { appId } = sender
  const { data } = await gateway.post<{ aesKey: string; fileId: string }>('/message/postVideo', {
    appId,
    toWxid: receiver.wxid,
    videoUrl: `${origin.url}/a.mp4`,
    thumbUrl: '',
    videoDuration: 3,
  })
  await origin.close()
  const first = await printedBy(() => backUp(folder, {}))
  expect(first.stderr).toMatch(/Backed up a database of [\d.]+ MiB and 2 blobs/)
  const second = await printedBy(() => backUp(folder, {}))
  expect(second.stderr).toContain('(0 copied, 2 linked)')

  const dataDir = join(folder, 'restored')
  const occupied = await printedBy(() => restore(second.stdout, {}))
  expect(occupied.error?.message).toMatch(/serve|lock|in use/)
  const restored = await printedBy(() => restore(second.stdout, { dataDir }))
  expect(restored).toMatchObject({ stdout: dataDir, error: undefined })
  expect((await printedBy(() => restore(second.stdout, { dataDir }))).error?.message).toContain('--force')
  const forced = await printedBy(() => restore(second.stdout, { dataDir, force: true }))
  expect(forced.stderr).toContain('What was there is in')

  const { config, secrets } = readConfig({
    HONGYAN_DATA_DIR: dataDir,
    HONGYAN_PORT: '0',
    HONGYAN_TOKEN: token,
    HONGYAN_LOG_LEVEL: 'silent',
  })
  await using back = await startGateway(config, secrets, createLog('silent'))
  const link = await fetch(`${back.baseUrl}/message/downloadCdn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gewe-token': token },
    body: JSON.stringify({
      appId,
      aesKey: data.aesKey,
      fileId: data.fileId,
      type: '4',
      totalSize: '0',
      suffix: '',
    }),
  })
  const reply = (await link.json()) as { data: { fileUrl: string } }
  expect(reply).toMatchObject({ ret: 200 })
  expect(Buffer.from(await (await fetch(reply.data.fileUrl)).arrayBuffer())).toEqual(content)
})

test('what is no backup is refused, and so is an option for the other engine', async () => {
  const nothing = await printedBy(() => restore(join(folder, 'none'), {}))
  expect(nothing.error?.message).toContain('There is no backup at')
  const unsound = await printedBy(() => restore(folder, { dataDir: join(folder, 'fresh') }))
  expect(unsound.error?.message).toContain('cannot be restored')
  const other = await printedBy(() => backUp(folder, { withoutDatabase: true }))
  expect(other.error?.message).toContain('HONGYAN_DATABASE_URL')
})
