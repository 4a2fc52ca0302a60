import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makePass } from '../../src/pass.ts'
import { signIn } from '../console/world.ts'
import type { Reply } from '../rigs/gateway.ts'
import { until } from '../rigs/world.ts'
import { withTokens } from '../stories/refusal.ts'
import { attacks } from './authorisation-attacks.ts'
import {
  type Ids,
  idsOfNobody,
  send,
  startTwoTokens,
  type TwoTokens,
  withoutIds,
} from './authorisation-rig.ts'

let all: TwoTokens
let nobody: Ids
/** The header of a caller who is nobody any more, or never was. */
let strangers: Record<string, Record<string, string>>
beforeAll(async () => {
  all = await startTwoTokens()
  const { gateway, owner, other, secretKey } = all
  nobody = idsOfNobody(owner.ids)
  const revoked = await withTokens(gateway, (tokens) => tokens.create('revoked'))
  const revokedBrowser = await signIn(gateway, revoked)
  const revokedId = await withTokens(gateway, async (tokens) => {
    await tokens.revoke('revoked')
    return (await tokens.list()).find(({ name }) => name === 'revoked')?.id ?? ''
  })
  const ended = await signIn(gateway)
  await ended.call('/console/signOut')
  const later = (Date.now() + 3_600_000).toString(36)
  const token = (value: string) => ({ 'x-gewe-token': value })
  strangers = {
    'no token': {},
    'an empty token': token('  '),
    'an unknown token': token(owner.token.replace(/.$/, 'z')),
    'the id of a token': token(owner.tokenId),
    'a revoked token': token(revoked),
    'a pass of a revoked token': token(makePass(secretKey, revokedId)),
    'a pass of no token': token(makePass(secretKey, 'tok_none')),
    'a pass that is over': token(makePass(secretKey, owner.tokenId, Date.now() - 601_000)),
    'a pass made for longer': token(owner.pass.replace(/\.\w+\.(?=[^.]*$)/, `.${later}.`)),
    'a pass made over to another token': token(other.pass.replace(other.tokenId, owner.tokenId)),
    'a pass by another key': token(makePass(Buffer.alloc(32, 1), owner.tokenId)),
    'an altered cookie': { cookie: owner.browser.cookie.replace(/=./, '=_') },
    'the cookie of a session that was ended': { cookie: ended.cookie },
    'the cookie of a revoked token': { cookie: revokedBrowser.cookie },
    'a cookie without the header of a page': { cookie: owner.browser.cookie, 'x-hongyan-console': '' },
    'a cookie from a page elsewhere': { cookie: owner.browser.cookie, 'sec-fetch-site': 'same-site' },
  }
  // A token that was good a moment ago is not asked for again at once.
  await until(async () =>
    (await post('/login/deviceList', {}, token(revoked))).text.includes('token_invalid'),
  )
}, 120_000)
afterAll(() => all.close())

/** A header with an empty value is left out. */
const post = (path: string, body: unknown, headers: Record<string, string>) => {
  const given = { 'content-type': 'application/json', 'x-hongyan-console': '1', ...headers }
  return send(all, path, {
    method: 'POST',
    headers: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    body: JSON.stringify(body),
  })
}

/** Answered to whoever asks, and what they give. */
const open: Readonly<Record<string, string>> = {
  'POST /tools/getTokenId':
    'the first token to programs of this machine, while it is bound to loopback (SECURITY.md)',
  'POST /console/signIn': 'a session, for a token or a pass',
  'POST /console/session': 'who is signed in, by the cookie alone',
  'POST /console/signOut': 'ends the session of the cookie, or none',
}
const guarded = Object.keys(attacks).filter((route) => !(route in open))
const pathOf = (route: string) => route.slice(route.indexOf(' ') + 1)

test.each([
  'no token',
  'an empty token',
  'an unknown token',
  'the id of a token',
  'a revoked token',
  'a pass of a revoked token',
  'a pass of no token',
  'a pass that is over',
  'a pass made for longer',
  'a pass made over to another token',
  'a pass by another key',
  'an altered cookie',
  'the cookie of a session that was ended',
  'the cookie of a revoked token',
  'a cookie without the header of a page',
  'a cookie from a page elsewhere',
])('%s opens no route, and changes nothing', async (name) => {
  const { owner, stock, receiver } = all
  const headers = strangers[name] ?? {}
  const before = [stock(), receiver.events.length, receiver.tests.length]
  const answers = guarded.map(async (route) => {
    const [attack = () => ({ callbackUrl: receiver.url })] = attacks[route] ?? []
    const path = pathOf(route) + (route.endsWith('uploadFile') ? '?name=a.mp4' : '')
    const below = 'cookie' in headers && !path.startsWith('/console/') ? `/console/api${path}` : path
    const theirs = await post(below, attack(owner.ids, owner.ids), headers)
    const refused = /^\{"ret":500,.*"code":"token_(missing|invalid)"/.test(theirs.text)
    const mute = withoutIds(theirs.text, owner.ids) === theirs.text
    return refused && mute && theirs.status === 200 ? [] : [[route, theirs]]
  })
  expect((await Promise.all(answers)).flat()).toEqual([])

  // A page's links and pictures send no header of their own: there the cookie is enough.
  const plain = name === 'a cookie without the header of a page' ? [] : ['GET', 'HEAD']
  for (const method of plain)
    for (const path of ['/live', `/media/${owner.ids.appId}/${owner.ids.video.newMsgId}/body`]) {
      const below = path === '/live' && !('cookie' in headers) ? path : `/console/api${path}`
      const at = path === '/live' ? below : `/console${path}`
      expect([at, method, (await send(all, at, { method, headers })).status]).toEqual([at, method, 401])
    }
  expect([stock(), receiver.events.length, receiver.tests.length]).toEqual(before)
})

test('no altered, ended or foreign pass and no revoked token signs in', async () => {
  const tokens = Object.values(strangers).flatMap((headers) => headers['x-gewe-token'] ?? [])
  const before = all.stock()
  const answers: string[] = []
  for (const token of tokens.filter((each) => each.trim() !== ''))
    answers.push((await post('/console/signIn', { token }, {})).text)
  expect(answers.filter((text) => !/"code":"(token_invalid|too_many_requests)"/.test(text))).toEqual([])
  expect(all.stock()).toEqual(before)
})

describe('what has no id in it acts for its caller alone', () => {
  test('lists hold nothing of another token', async () => {
    const { owner, other } = all
    for (const path of ['/login/deviceList', '/console/devices', '/console/events', '/console/session']) {
      const text = JSON.stringify(
        await other.browser.call(path.startsWith('/c') ? path : `/console/api${path}`),
      )
      expect(text).toContain('"ret":200')
      expect(withoutIds(text, owner.ids)).toBe(text)
    }
    const mine = await post('/login/deviceList', {}, { 'x-gewe-token': other.token })
    expect(mine.text).toContain(other.ids.appId)
  })

  test.each(['/tools/setCallback', '/login/setCallback', '/console/setCallback'])(
    '%s sets the callback of the caller, whatever token its body names',
    async (path) => {
      const { owner, other, receiver, stock } = all
      const before = stock(owner.tokenId)
      const body = { token: owner.token, callbackUrl: `${receiver.url}?of=other` }
      expect((await post(path, body, { 'x-gewe-token': other.token })).text).toContain('"ret":200')
      expect(stock(owner.tokenId)).toEqual(before)
      const { data } = await owner.browser.call('/console/events')
      expect(data.url).toBe(receiver.url)
    },
  )

  test('getTokenId gives a caller back its own token', async () => {
    const { token } = all.other
    expect(JSON.parse((await post('/tools/getTokenId', {}, { 'x-gewe-token': token })).text).data).toBe(token)
  })

  test('an upload is of its caller, and the same bytes of another token are not seen', async () => {
    const { owner, other, stock, gateway } = all
    const before = stock(owner.tokenId)
    const bytes = await readFile(new URL('../fixtures/media/moov-first.mp4', import.meta.url))
    const answers = await Promise.all(
      [bytes, Buffer.concat([bytes, Buffer.from('\0\0\0\x08free')])].map(async (body) => {
        const response = await fetch(`${gateway.baseUrl}/tools/uploadFile?name=a.mp4`, {
          method: 'POST',
          headers: { 'x-gewe-token': other.token },
          body: new Uint8Array(body),
        })
        return Object.keys(((await response.json()) as Reply).data)
      }),
    )
    expect(answers[0]).toEqual(answers[1])
    expect(stock(owner.tokenId)).toEqual(before)
  })
})

describe('the bytes of a message', () => {
  test.each(['body', 'thumb', 'other'])('of another token are as if it had never been: %s', async (part) => {
    const { owner, other, stock } = all
    const before = stock()
    const of = (ids: Ids) => [
      `${ids.appId}/${ids.video.newMsgId}/${part}`,
      `${ids.appId}/${other.ids.video.newMsgId}/${part}`,
      `${other.ids.appId}/${ids.video.newMsgId}/${part}`,
    ]
    const none = of(nobody)
    for (const [index, path] of of(owner.ids).entries())
      for (const headers of [{ 'x-gewe-token': other.token }, { cookie: other.browser.cookie }]) {
        const theirs = await send(all, `/console/media/${path}`, { headers })
        expect(theirs).toEqual(await send(all, `/console/media/${none[index]}`, { headers }))
        expect(theirs.status).toBe(404)
      }
    expect(stock()).toEqual(before)
    const own = `/console/media/${owner.ids.appId}/${owner.ids.video.newMsgId}/body`
    expect((await owner.browser.get(own)).status).toBe(200)
  })
})

describe('a download link', () => {
  const linkOf = async () => {
    const { appId, video } = all.owner.ids
    const body = { appId, fileId: video.fileId, aesKey: video.aesKey, type: '4' }
    const reply = await post('/v2/api/message/downloadCdn', body, { 'x-gewe-token': all.owner.token })
    return String(JSON.parse(reply.text).data.fileUrl)
  }

  test('is good for whoever has it, as it is meant, and altered for nobody', async () => {
    const link = await linkOf()
    expect((await send(all, link, {})).status).toBe(200)
    const [day = '', file = ''] = link.split('/').slice(-2)
    const [claims = '', signature = ''] = file.split('.')
    const [, , until] = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const claim = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url')
    const altered = [
      `${claim(all.owner.tokenId, 'another', until)}.${signature}.mp4`,
      `${claim(all.other.tokenId, 'another', until)}.${signature}.mp4`,
      `${claim(all.owner.tokenId, 'another', until + 1)}.${signature}.mp4`,
      `${claims}.${signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))}.mp4`,
      `${claims}.${'A'.repeat(43)}.mp4`,
    ]
    const none = await send(all, `/download/${day}/none`, { headers: { 'x-gewe-token': all.other.token } })
    expect(none.status).toBe(404)
    for (const path of altered)
      for (const headers of [{}, { 'x-gewe-token': all.other.token }])
        expect(await send(all, `/download/${day}/${path}`, { headers })).toEqual(none)
  })

  test('may be sent on by another token, as it is meant, and nothing of its owner changes', async () => {
    const { owner, other, stock } = all
    const link = await linkOf()
    const before = stock(owner.tokenId)
    const body = {
      appId: other.ids.appId,
      toWxid: other.ids.friendWxid,
      videoUrl: link,
      thumbUrl: '',
      videoDuration: 1,
    }
    const reply = await post('/message/postVideo', body, { 'x-gewe-token': other.token })
    expect(reply.text).toContain('"ret":200')
    // Other ids and another key, so that nothing of the first can be had by the second.
    expect(withoutIds(reply.text, owner.ids)).toBe(reply.text)
    expect(stock(owner.tokenId)).toEqual(before)
  })
})

describe('/live', () => {
  /** What comes until `enough`. */
  const follow = async (token: string, lastId: string, enough: RegExp) => {
    const abort = new AbortController()
    const response = await fetch(`${all.gateway.baseUrl}/live`, {
      headers: { 'x-gewe-token': token, 'last-event-id': lastId },
      signal: abort.signal,
    })
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      if (enough.test(text)) break
    }
    abort.abort()
    return text
  }
  const say = (who: 'owner' | 'other') => {
    const { token, ids } = all[who]
    const body = { appId: ids.appId, toWxid: ids.friendWxid, content: `of ${who}` }
    return post('/message/postText', body, { 'x-gewe-token': token })
  }

  test('goes on after no id of another token, and tells nothing of it', async () => {
    const { owner, other } = all
    const first = follow(owner.token, '', /event: message/)
    await until(async () => (await say('owner')) && (await Promise.race([first, undefined])) !== undefined)
    const [, id = ''] = /id: (.*)\nevent: message/.exec(await first) ?? []
    expect(id).toMatch(/^\w+\.\d+$/)
    const theirs = await follow(other.token, id, /event: \w+\ndata: .*\n\n/)
    expect(theirs).toBe(await follow(other.token, id.replace(/^./, 'x'), /event: \w+\ndata: .*\n\n/))
    expect(theirs).toContain('event: reset')

    const own = follow(other.token, id, /event: message/)
    await say('owner')
    await until(async () => (await say('other')) && (await Promise.race([own, undefined])) !== undefined)
    expect(withoutIds(await own, owner.ids)).toBe(await own)
    // Whoever it belongs to goes on after it.
    expect(await follow(owner.token, id, /event: message/)).not.toContain('event: reset')
  })
})
