import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finish, newFolder, settingsFor, startProcess, token, until } from '../rigs/process.ts'
import { clientOf } from '../rigs/process-client.ts'

/** Runs commands on one data folder. */
function shellOn(dataDir: string) {
  return (...args: string[]) => finish({ args, env: settingsFor(dataDir) })
}

test.each([
  [[], ['serve', 'demo', 'token', 'device']],
  [['serve'], ['SIGTERM']],
  [['demo'], ['--stay']],
  [['token'], ['create', 'list', 'revoke']],
  [['token', 'create'], ['[name]']],
  [['token', 'list'], ['list']],
  [['token', 'revoke'], ['<id-or-name>']],
  [['device'], ['add', 'list']],
  [
    ['device', 'add'],
    ['--token', '--channel'],
  ],
  [['device', 'list'], ['--token']],
])('hongyan %j --help explains itself', async (command, words) => {
  const { code, stdout, stderr } = await finish({ args: [...command, '--help'] })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const word of ['Usage: hongyan', ...words]) expect(stdout).toContain(word)
})

test('an unknown command is refused with exit code 1', async () => {
  const { code, stderr } = await finish({ args: ['sevre'] })
  expect(code).toBe(1)
  expect(stderr).toContain("unknown command 'sevre'")
})

test('where no gateway ever served, every command says so, and makes nothing', async () => {
  const dataDir = join(newFolder(), 'data')
  const hongyan = shellOn(dataDir)
  for (const command of [
    ['token', 'list'],
    ['token', 'create'],
    ['device', 'list'],
  ]) {
    const { code, stdout, stderr } = await hongyan(...command)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(dataDir)
    expect(stderr).toContain('hongyan serve')
  }
  expect(existsSync(dataDir)).toBe(false)
})

test('a token made on the command line opens a gateway that serves, and is refused soon after its revocation', async () => {
  const gateway = await startProcess({ dataDir: newFolder() })
  const hongyan = shellOn(gateway.dataDir)
  const created = await hongyan('token', 'create', 'bot')
  expect(created.code).toBe(0)
  // Alone on standard output, so that a script can take it.
  expect(created.stdout).toMatch(/^[0-9a-f]{32}\n$/)
  const made = created.stdout.trim()
  const { post } = clientOf(gateway.baseUrl, made)
  expect(await post('/login/deviceList')).toMatchObject({ ret: 200, data: [] })

  const listed = await hongyan('token', 'list')
  expect(listed.stdout).toMatch(/^tok_\S+ +bot +.*live$/m)
  expect(listed.stdout).toMatch(/^tok_\S+ +first +.*live$/m)
  expect(listed.stdout).not.toContain(made)
  expect(listed.stdout).not.toContain(token)

  expect(await hongyan('token', 'revoke', 'bot')).toMatchObject({ code: 0, stdout: 'Revoked 1 token.\n' })
  const refusal = await until('the token is refused', async () => {
    const reply = await post('/login/deviceList')
    return reply.ret === 500 ? reply : undefined
  })
  expect(refusal).toMatchObject({ data: { code: 'token_invalid' } })
  expect((await hongyan('token', 'list')).stdout).toMatch(/bot .*revoked/)
  expect(await gateway.post('/login/deviceList')).toMatchObject({ ret: 200 })

  const again = await hongyan('token', 'revoke', 'bot')
  expect(again.code).toBe(1)
  expect(again.stderr).toContain('hongyan token list')
})

test('a device added on the command line belongs to its token and logs in', async () => {
  const gateway = await startProcess({ dataDir: newFolder() })
  const hongyan = shellOn(gateway.dataDir)
  await hongyan('token', 'create', 'bot')
  const added = await hongyan('device', 'add')
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S+\n$/) })
  const appId = added.stdout.trim()
  const others = await hongyan('device', 'add', '--token', 'bot')

  expect(await gateway.post('/login/deviceList')).toMatchObject({ data: [appId] })
  const code = await gateway.post<{ uuid: string }>('/login/getLoginQrCode', { appId })
  const login = await gateway.post('/login/checkLogin', { appId, uuid: code.data.uuid })
  expect(login).toMatchObject({ ret: 200, data: { status: 2 } })

  const all = (await hongyan('device', 'list')).stdout
  expect(all).toMatch(new RegExp(`^${appId} .* online .*first`, 'm'))
  expect(all).toContain(others.stdout.trim())
  const mine = (await hongyan('device', 'list', '--token', 'bot')).stdout
  expect(mine).toContain(others.stdout.trim())
  expect(mine).not.toContain(appId)
})

test('a device of nobody or of no channel is refused with what would be right, and none is made', async () => {
  const gateway = await startProcess({ dataDir: newFolder() })
  const hongyan = shellOn(gateway.dataDir)
  expect((await hongyan('device', 'list')).stdout).toContain('hongyan device add')
  const nobody = await hongyan('device', 'add', '--token', 'nobody')
  expect(nobody).toMatchObject({ code: 1, stdout: '' })
  expect(nobody.stderr).toContain('hongyan token list')
  const nowhere = await hongyan('device', 'add', '--channel', 'pigeon')
  expect(nowhere).toMatchObject({ code: 1, stdout: '' })
  expect(nowhere.stderr).toContain('local')
  expect((await hongyan('device', 'list')).stdout).toContain('hongyan device add')
})
