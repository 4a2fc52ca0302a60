import { pino } from 'pino'
import { expect, it } from 'vitest'
import type { Channel, LoginState } from '../../src/channels/channel.ts'
import { type Database, statement } from '../../src/database/database.ts'
import { createLogin, type LoginDeps } from '../../src/devices/login.ts'
import { createRemoteLogins } from '../../src/devices/remote-login.ts'
import { createSessions } from '../../src/devices/sessions.ts'
import { GatewayError } from '../../src/errors.ts'
import { Vault } from '../../src/vault.ts'
import { codeOf } from '../conformance/blob-source.ts'
import { addToken } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'

const account = (wxid: string) => ({ status: 2, account: { wxid, nickName: '小明' } }) as const

/** A channel whose logins stand as a test says, where a person has to confirm on a phone. */
function phoneChannel() {
  const channel = {
    state: { status: 0 } as LoginState | Error | 'a new account',
    seconds: 120,
    asked: 0,
    starts: 0,
  }
  const driver: Channel = {
    name: 'phone',
    kind: 'inside',
    capabilities: { chatrooms: false, revoke: false },
    startLogin() {
      channel.starts += 1
      return Promise.resolve({
        uuid: `uuid-${channel.starts}`,
        qrData: 'http://x/1',
        seconds: channel.seconds,
      })
    },
    checkLogin() {
      channel.asked += 1
      if (channel.state === 'a new account') return Promise.resolve(account(`wxid_${channel.asked}`))
      return channel.state instanceof Error ? Promise.reject(channel.state) : Promise.resolve(channel.state)
    },
    deliver: () => [],
  }
  return { channel, driver }
}

async function startWorld(database: Database, presence: Partial<LoginDeps> = {}) {
  await addToken(database, 'tok')
  const { channel, driver } = phoneChannel()
  const basis = {
    database,
    channels: new Map([['phone', driver]]),
    log: pino({ level: 'silent' }),
    cameOnline: () => Promise.resolve(),
    wentOffline: () => [],
    wake: () => {},
    changed: () => {},
    vault: new Vault(Buffer.alloc(32, 1)),
    holder: 'one',
    ...presence,
  }
  const sessions = createSessions(basis)
  const login = createLogin({ ...basis, sessions, remote: createRemoteLogins({ ...basis, sessions }) })
  return {
    channel,
    login,
    /** A device that has logged in. */
    async device(wxid: string) {
      const { appId, uuid } = await login.getQrCode('tok', '', 'phone')
      channel.state = account(wxid)
      await login.checkLogin('tok', appId, uuid)
      return appId
    },
  }
}

describeEachEngine('a login that a person confirms', ({ open }) => {
  it.each([0, 1, 4] as const)('tells status %d and how long the code is still good', async (status) => {
    const { login, channel } = await startWorld(await open())
    const { appId, uuid } = await login.getQrCode('tok', '', 'phone')
    channel.state = { status }
    const { expiredTime, ...rest } = await login.checkLogin('tok', appId, uuid)
    expect(rest).toEqual({ uuid, headImgUrl: null, nickName: null, status, loginInfo: null })
    expect(expiredTime).toBeGreaterThan(100)
    expect(expiredTime).toBeLessThanOrEqual(120)
    expect(await login.checkOnline('tok', appId)).toBe(false)
  })

  it('asks the channel no more once the code has expired', async () => {
    const { login, channel } = await startWorld(await open())
    channel.seconds = 0
    channel.state = account('wxid_a')
    const { appId, uuid } = await login.getQrCode('tok', '', 'phone')
    expect(await login.checkLogin('tok', appId, uuid)).toMatchObject({ status: 0, expiredTime: 0 })
    expect(channel.asked).toBe(0)
    expect(await login.checkOnline('tok', appId)).toBe(false)
  })

  it('counts for the last code only', async () => {
    const { login, channel } = await startWorld(await open())
    const former = await login.getQrCode('tok', '', 'phone')
    const latest = await login.getQrCode('tok', former.appId, 'phone')
    expect(latest.appId).toBe(former.appId)
    channel.state = account('wxid_a')
    expect(await codeOf(() => login.checkLogin('tok', former.appId, former.uuid))).toBe('login_expired')
    expect(await login.checkLogin('tok', latest.appId, latest.uuid)).toMatchObject({ status: 2 })
  })

  it('says success again, without asking the channel, when it is asked again', async () => {
    const { login, channel } = await startWorld(await open())
    const { appId, uuid } = await login.getQrCode('tok', '', 'phone')
    channel.state = account('wxid_a')
    const first = await login.checkLogin('tok', appId, uuid)
    expect(await login.checkLogin('tok', appId, uuid)).toEqual(first)
    expect(channel.asked).toBe(1)
    expect(first).toMatchObject({ nickName: '小明', loginInfo: { wxid: 'wxid_a', nickName: '小明' } })
  })

  it('tells two that ask at once of the same account', async () => {
    const { login, channel } = await startWorld(await open())
    const { appId, uuid } = await login.getQrCode('tok', '', 'phone')
    channel.state = 'a new account'
    const [one, other] = await Promise.all([1, 2].map(() => login.checkLogin('tok', appId, uuid)))
    expect(one).toEqual(other)
    expect(await login.checkLogin('tok', appId, uuid)).toEqual(one)
  })

  it('refuses an account that another device holds, and leaves both devices as they were', async () => {
    const { login, device } = await startWorld(await open())
    const holder = await device('wxid_a')
    const { appId, uuid } = await login.getQrCode('tok', '', 'phone')
    const refused = await login.checkLogin('tok', appId, uuid).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(GatewayError)
    expect(refused).toMatchObject({ code: 'device_online', reason: expect.stringContaining('wxid_a') })
    expect(await login.checkOnline('tok', appId)).toBe(false)
    expect(await login.checkOnline('tok', holder)).toBe(true)
  })

  it("passes the channel's failure on, and can be asked again", async () => {
    const { login, channel } = await startWorld(await open())
    const { appId, uuid } = await login.getQrCode('tok', '', 'phone')
    channel.state = new GatewayError('fetch_unreachable')
    expect(await codeOf(() => login.checkLogin('tok', appId, uuid))).toBe('fetch_unreachable')
    channel.state = account('wxid_a')
    expect(await login.checkLogin('tok', appId, uuid)).toMatchObject({ status: 2 })
  })

  it('names the channels there are to whoever asks for another', async () => {
    const { login } = await startWorld(await open())
    const refused = await login.getQrCode('tok', '', 'fax').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'channel_unknown', reason: expect.stringMatching(/fax.*phone/) })
    expect(await login.list('tok')).toEqual([])
  })
})

describeEachEngine('coming and going', ({ open }) => {
  it('is true before those are told who have messages waiting', async () => {
    const database = await open()
    const seen: string[] = []
    const { device } = await startWorld(database, {
      async cameOnline({ appId }) {
        const states = await database.sql.selectFrom('devices').select(['app_id', 'state']).execute()
        seen.push(...states.map(({ app_id, state }) => `${app_id === appId} ${state}`))
      },
    })
    await device('wxid_a')
    expect(seen).toEqual(['true online'])
  })

  it('stands twice for one when two reconnect at once', async () => {
    const { login, device } = await startWorld(await open())
    const appId = await device('wxid_a')
    await login.logout('tok', appId)
    const both = await Promise.all([login.reconnect('tok', appId), login.reconnect('tok', appId)])
    expect(both).toEqual([true, true])
    expect(await login.checkOnline('tok', appId)).toBe(true)
  })

  it('tells of a logout once when two ask for it at once', async () => {
    const database = await open()
    let lastEvent = 1_010_000_000_000_000
    const { login, device } = await startWorld(database, {
      wentOffline({ tokenId, appId }) {
        lastEvent += 1
        const event = { id: lastEvent, token_id: tokenId, app_id: appId, new_msg_id: null, body: '{}' }
        const state = { state: 'owed', attempts: 0, created_at: 1, settled_at: null } as const
        return [statement(database.sql.insertInto('events').values({ ...event, ...state }))]
      },
    })
    const appId = await device('wxid_a')
    await Promise.all([login.logout('tok', appId), login.logout('tok', appId)])
    await login.logout('tok', appId)
    expect(await login.checkOnline('tok', appId)).toBe(false)
    expect(await database.sql.selectFrom('events').select('id').execute()).toHaveLength(1)
  })

  it('needs a login with a code before the first reconnection', async () => {
    const { login } = await startWorld(await open())
    const { app_id: appId } = await login.addDevice('tok', 'phone')
    expect(await codeOf(() => login.reconnect('tok', appId))).toBe('device_offline')
    await expect(login.logout('tok', appId)).resolves.toBeUndefined()
  })

  it('makes the former uuid worthless', async () => {
    const { login, channel } = await startWorld(await open())
    const { appId, uuid } = await login.getQrCode('tok', '', 'phone')
    channel.state = account('wxid_a')
    await login.checkLogin('tok', appId, uuid)
    await login.logout('tok', appId)
    expect(await codeOf(() => login.checkLogin('tok', appId, uuid))).toBe('login_expired')
  })

  it('shows the devices of one token to no other', async () => {
    const database = await open()
    const { login, device } = await startWorld(database)
    await addToken(database, 'other')
    const appId = await device('wxid_a')
    expect(await login.list('other')).toEqual([])
    expect(await login.checkOnline('other', appId)).toBe(false)
    for (const ask of [login.reconnect, login.logout, login.dialog])
      expect(await codeOf(() => ask('other', appId))).toBe('device_unknown')
  })
})
