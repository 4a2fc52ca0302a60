import { expect, test } from 'vitest'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { redirect } from '../../rigs/origin.ts'
import { until } from '../../rigs/world.ts'

type Data = Record<string, unknown> & { code: string; sent: string; msg: string }

/** No address is allowed but those that the operator configured. */
const shut = { HONGYAN_FETCH_ALLOW: '' }

const asked = ({ rig }: IlinkWorld, endpoint: string) =>
  rig.requests.filter((request) => request.endpoint === endpoint)

/** A device and a contact; nobody's server is told, since none may be reached. */
async function ready(all: IlinkWorld) {
  const alice = all.rig.phone()
  const device = await all.login(alice)
  alice.write(device.wxid, { text: '你好' })
  const friends = async () =>
    (await all.gateway.post<{ friends: string[] }>('/contacts/fetchContactsList', { appId: device.appId }))
      .data.friends
  await until(async () => (await friends()).includes(alice.userId))
  return { alice, device, friends, to: { appId: device.appId, toWxid: alice.userId } }
}

/** A message whose media are already here: words are the only thing that needs no fetch. */
const say = (all: IlinkWorld, to: object) =>
  all.gateway.post<Data>('/message/postText', { ...to, content: 'x' })

const elsewhere = (url: string): [string, string][] => [
  ['a private address', `${url}/secret?key=query-secret`],
  ['another private address', 'http://10.0.0.1/?key=query-secret'],
  ['the metadata of a cloud', 'http://169.254.169.254/latest?key=query-secret'],
  ['loopback in IPv6', 'http://[::ffff:127.0.0.1]/?key=query-secret'],
  ['loopback as a number', 'http://2130706433/?key=query-secret'],
  ['a file', 'file:///etc/passwd'],
  ['another scheme', 'gopher://127.0.0.1/?key=query-secret'],
  ['credentials', 'http://user:query-secret@127.0.0.1/'],
  ['no address at all', 'http://[query-secret'],
  ['100 KB', `http://127.0.0.1/${'x'.repeat(100_000)}`],
]

ilinkStories('addresses that the server names are guarded', (world) => {
  test('only what the operator configured is reached without a list of what is allowed', async () => {
    const all = await world(shut)
    const { to, alice } = await ready(all)
    expect((await say(all, to)).ret).toBe(200)
    expect(alice.screen).toHaveLength(1)
  })

  test('an address to log in at is asked nothing, and the device says that it cannot be reached', async () => {
    const all = await world(shut)
    const code = await all.qrCode()
    const account = { status: 'confirmed', bot_token: 't', ilink_bot_id: 'bot@im.bot' }
    all.rig.next('get_qrcode_status', { answer: { ...account, baseurl: all.origin.url } })
    await until(async () => (await all.checkLogin(code)).data.status === 2)
    const { data } = await all.gateway.post<Data>('/login/logout', { appId: code.appId })
    expect(data).toBeUndefined()
    expect(all.origin.hits).toEqual([])
  })

  test('a redirect of the login reaches nothing else', async () => {
    const all = await world(shut)
    const code = await all.qrCode()
    const redirect_host = `127.0.0.1:${all.origin.port}`
    all.rig.next('get_qrcode_status', { answer: { status: 'scaned_but_redirect', redirect_host } })
    await until(async () => (await all.checkLogin(code)).data.status === 1)
    await all.checkLogin(code)
    expect(all.origin.hits).toEqual([])
  })

  test('neither an upload nor a thumbnail goes anywhere else, and no query is told', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    // Media come from loopback in these tests, so that loopback is allowed here.
    const isRefusedAnyway = ([, url]: [string, string]) => !/^http:\/\/(127|2130706433|\[::ffff)/.test(url)
    for (const [name, upload_full_url] of elsewhere(all.origin.url).filter(isRefusedAnyway)) {
      all.rig.next('getuploadurl', { answer: { ret: 0, upload_full_url } })
      const { ret, data } = await all.gateway.post<Data>('/message/postVideo', all.video(device, alice))
      expect([name, ret, data.code, data.sent]).toEqual([name, 500, 'upload_failed', 'no'])
      expect(JSON.stringify(data)).not.toContain('query-secret')
    }
    expect(asked(all, 'sendmessage')).toEqual([])
    for (const [, thumb_upload_full_url] of elsewhere(all.origin.url).filter(isRefusedAnyway).slice(0, 1)) {
      const upload_full_url = `${all.rig.cdnUrl}/upload?encrypted_query_param=x`
      all.rig.next('getuploadurl', { answer: { ret: 0, upload_full_url, thumb_upload_full_url } })
      all.rig.next('cdn/upload', { status: 200, headers: { 'x-encrypted-param': 'd' } })
      const { data } = await all.gateway.post<Data>('/message/postVideo', all.video(device, alice))
      expect(JSON.stringify(data)).not.toContain('query-secret')
    }
  }, 60_000)

  test('a received file is fetched from nowhere else', async () => {
    const all = await world(shut)
    const { device, alice, friends } = await ready(all)
    const aes_key = Buffer.alloc(16).toString('base64')
    for (const [index, [, full_url]] of elsewhere(all.origin.url).entries()) {
      const media = { full_url, encrypt_query_param: 'p', aes_key }
      alice.write(device.wxid, { item: { type: 4, file_item: { media, file_name: `${index}.txt` } } })
    }
    const last = all.rig.phone('last@im.wechat')
    last.write(device.wxid, { text: 'last' })
    await until(async () => (await friends()).includes(last.userId))
    expect(all.origin.hits).toEqual([])
    expect(asked(all, 'cdn/download')).toEqual([])
  })

  test.each(elsewhere('http://127.0.0.1:9').map(([name, url]) => ({ name, url })))(
    'asking for a received file on $name is refused without its query',
    async ({ url: full_url }) => {
      const all = await world({ HONGYAN_FETCH_ALLOW: '127.0.0.0/8' })
      const { device, alice } = await all.ready()
      const media = { full_url, aes_key: Buffer.alloc(16).toString('base64') }
      alice.write(device.wxid, { item: { type: 4, file_item: { media, file_name: 'a.txt' } } })
      await until(() => all.told('AddMsg').length === 2)
      const xml = all.told('AddMsg')[1]?.Data.Content.string
      const reply = await all.gateway.post<Data>('/message/downloadFile', { appId: device.appId, xml })
      expect(reply.ret).toBe(500)
      expect(JSON.stringify(reply)).not.toContain('query-secret')
      expect(reply.data.code).not.toBe('internal')
    },
  )

  test('a CDN that redirects away from itself is not followed into what is not allowed', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.origin.route('/jump', redirect('http://169.254.169.254/latest'))
    const media = { full_url: `${all.origin.url}/jump`, aes_key: Buffer.alloc(16).toString('base64') }
    alice.write(device.wxid, { item: { type: 4, file_item: { media, file_name: 'a.txt' } } })
    await until(() => all.told('AddMsg').length === 2)
    const xml = all.told('AddMsg')[1]?.Data.Content.string
    const reply = await all.gateway.post<Data>('/message/downloadFile', { appId: device.appId, xml })
    expect(reply.data.code).toBe('url_forbidden')
  })
})
