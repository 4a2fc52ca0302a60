import type { Callbacks } from '../callbacks/callbacks.ts'
import { sendAgain } from '../callbacks/resend.ts'
import type { Database } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import { type Mountable, route } from '../http/route.ts'
import { countEvents, findEvent, findEvents } from './events.ts'
import * as schema from './schema.ts'

interface CallbackRoutes {
  readonly database: Database
  readonly callbacks: Callbacks
  /** Signs the token's callbacks. */
  readonly secretOf: (tokenId: string) => string
  /** Something was put into the jobs. */
  readonly wake: () => void
}

const tag = '控制台'
const PAGE = 50

/** What the caller's server was told, and what it is still owed. */
export function callbackRoutes({
  database,
  callbacks,
  secretOf,
  wake,
}: CallbackRoutes): readonly Mountable[] {
  const eventOf = async (tokenId: string, id: number) => {
    const found = await findEvent(database, tokenId, id)
    if (found) return found
    throw new GatewayError('event_unknown')
  }
  return [
    route({
      url: '/console/events',
      tag,
      summary: '回调记录',
      failure: '查询失败',
      body: schema.eventsRequest,
      data: schema.events,
      async handle({ before = Number.MAX_SAFE_INTEGER, limit = PAGE, state }, { caller: { tokenId } }) {
        const events = await findEvents(database, { tokenId, before, state, limit: limit + 1 })
        return {
          url: (await callbacks.callbackOf(tokenId)) ?? null,
          secret: secretOf(tokenId),
          ...(await countEvents(database, tokenId)),
          events: events.slice(0, limit),
          more: events.length > limit,
        }
      },
    }),
    route({
      url: '/console/event',
      tag,
      summary: '一次回调的经过',
      failure: '查询失败',
      body: schema.eventRequest,
      data: schema.eventDetail,
      handle: ({ id }, { caller }) => eventOf(caller.tokenId, id),
    }),
    route({
      url: '/console/sendAgain',
      tag,
      summary: '重新投递',
      failure: '重新投递失败',
      body: schema.eventRequest,
      data: schema.event,
      async handle({ id }, { caller: { tokenId } }) {
        if (!(await sendAgain(database, tokenId, id))) throw new GatewayError('event_unknown')
        wake()
        return (await eventOf(tokenId, id)).event
      },
    }),
    route({
      url: '/console/setCallback',
      tag,
      summary: '设置并测试回调地址',
      failure: '设置回调失败',
      body: schema.callbackRequest,
      data: undefined,
      // The test body repeats the caller's token; a browser has none to repeat.
      handle: ({ callbackUrl }, { caller }) => callbacks.setCallback(caller.tokenId, '', callbackUrl.trim()),
    }),
  ]
}
