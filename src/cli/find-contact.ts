import type { Api } from './api.ts'

/** The API tells of so many at once. */
const AT_ONCE = 100
/** Nobody writes to more people by hand; the rest must be named by wxid. */
const MOST = 5000

/**
 * Whom `to` means: a wxid or chatroom that the device reaches, or else the contact or chatroom with exactly this
 * nickname. What is neither stays as it is, for the gateway to judge.
 * @throws {Error} when several have the nickname
 * @throws {Refused | NoAnswer}
 */
export async function findContact(api: Api, appId: string, to: string, signal: AbortSignal): Promise<string> {
  const { data } = await api.post('/contacts/fetchContactsListCache', { appId }, { signal })
  const ids = [...textsIn(data, 'friends'), ...textsIn(data, 'chatrooms')].slice(0, MOST)
  if (ids.includes(to)) return to
  const called: string[] = []
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const wxids = ids.slice(from, from + AT_ONCE)
    const { data: infos } = await api.post('/contacts/getBriefInfo', { appId, wxids }, { signal })
    for (const info of Array.isArray(infos) ? (infos as readonly unknown[]) : []) {
      if (!isRecord(info) || info.nickName !== to) continue
      if (typeof info.userName === 'string') called.push(info.userName)
    }
  }
  const [one = to, ...more] = called
  if (more.length === 0) return one
  throw new Error(`${called.length} contacts are called ${to}; name one by its wxid: ${called.join(', ')}`)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function textsIn(data: unknown, name: 'friends' | 'chatrooms'): string[] {
  const list = isRecord(data) ? data[name] : undefined
  return Array.isArray(list) ? list.filter((each): each is string => typeof each === 'string') : []
}
