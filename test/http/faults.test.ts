import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { identifyBy } from '../../src/http/auth.ts'
import { failure } from '../../src/http/envelope.ts'
import { type Mountable, route } from '../../src/http/route.ts'
import { createServer } from '../../src/http/server.ts'
import { createLog } from '../../src/log.ts'
import { createRequestPace } from '../../src/request-pace.ts'

const body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 5 }),
  tags: Type.Array(Type.String(), { minItems: 2, maxItems: 3 }),
  size: Type.Integer({ minimum: 1, maximum: 9 }),
  on: Type.Boolean(),
  mode: Type.Enum(['a', 'b']),
  inner: Type.Object({ code: Type.String() }),
  loose: Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'] })),
})

const good = { name: 'n', tags: ['a', 'b'], size: 1, on: true, mode: 'a', inner: { code: 'x' } }

const mounted: Mountable = route({
  url: '/try',
  tag: '',
  summary: '',
  failure: '试试失败',
  body,
  data: undefined,
  handle: async ({ name }) => {
    if (name === 'boom') throw new Error('do-not-tell')
    if (name === 'full') throw new GatewayError('storage_full')
    if (name === 'disk') throw Object.assign(new Error('do-not-tell'), { code: 'EROFS' })
  },
})

describe('a refused body', () => {
  const app = createServer({
    identify: identifyBy((token) => Promise.resolve(token === 'good' ? { tokenId: 'tok' } : undefined), []),
    admit: createRequestPace(0),
    guests: [],
    log: createLog('silent'),
  })
  let baseUrl = ''
  beforeAll(async () => {
    mounted.mount(app)
    baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(() => app.close())

  async function ask(sent: unknown) {
    const response = await fetch(`${baseUrl}/try`, {
      method: 'POST',
      headers: { 'x-gewe-token': 'good' },
      body: JSON.stringify(sent),
    })
    const reply: unknown = await response.json()
    return { status: response.status, reply }
  }
  const reasonOf = async (sent: unknown) => {
    const { reply } = await ask(sent)
    return JSON.stringify(reply)
  }

  it('is none when all is well', async () => {
    expect(await ask(good)).toEqual({ status: 200, reply: { ret: 200, msg: '操作成功' } })
    expect(await ask({ ...good, loose: null, more: 'ignored' })).toMatchObject({ reply: { ret: 200 } })
  })

  it('names all that is missing at once', async () => {
    expect(await ask({})).toEqual({
      status: 200,
      reply: {
        ret: 500,
        msg: '试试失败',
        data: {
          code: 'request_invalid',
          msg: '请求参数有误：缺少 name；缺少 tags；缺少 size；缺少 on；缺少 mode；缺少 inner',
          sent: 'no',
          retryable: false,
        },
      },
    })
  })

  it.each([
    [{ name: '' }, 'name 不能为空'],
    [{ name: 'longer' }, 'name 过长，最多 5 个字符'],
    [{ name: 5 }, 'name 应为字符串'],
    [{ tags: ['a'] }, 'tags 至少 2 项'],
    [{ tags: ['a', 'b', 'c', 'd'] }, 'tags 最多 3 项'],
    [{ tags: 'a,b' }, 'tags 应为数组'],
    [{ tags: ['a', 7] }, 'tags.1 应为字符串'],
    [{ size: 0 }, 'size 不能小于 1'],
    [{ size: 10 }, 'size 不能大于 9'],
    [{ size: '1' }, 'size 应为整数'],
    [{ on: 1 }, 'on 应为布尔值'],
    [{ mode: 'c' }, 'mode 不正确'],
    [{ inner: {} }, '缺少 inner.code'],
    [{ inner: [] }, 'inner 应为对象'],
    [{ loose: 5 }, 'loose 应为字符串或null'],
  ])('says of %j: %s', async (fault, words) => {
    expect(await reasonOf({ ...good, ...fault })).toContain(`：${words}"`)
  })

  it('tells a caller nothing of an error that is not meant for it', async () => {
    const { status, reply } = await ask({ ...good, name: 'boom' })
    expect(status).toBe(200)
    expect(reply).toMatchObject({ ret: 500, msg: '试试失败', data: { code: 'internal', retryable: true } })
    expect(JSON.stringify(reply)).not.toContain('do-not-tell')
  })

  it('calls what a broken disk says a failure of the storage, wherever it comes from', async () => {
    const { reply } = await ask({ ...good, name: 'disk' })
    expect(reply).toMatchObject({ ret: 500, data: { code: 'storage_failed', retryable: true } })
    expect(JSON.stringify(reply)).not.toContain('do-not-tell')
  })

  it('is not confused with a failure of the work', async () => {
    expect(await ask({ ...good, name: 'full' })).toMatchObject({
      status: 200,
      reply: { ret: 500, msg: '试试失败', data: { code: 'storage_full', sent: 'no', retryable: true } },
    })
  })
})

describe('the envelope of a failure', () => {
  it("has the error's own words, else the route's, else plain ones", () => {
    const error = new GatewayError('storage_full')
    expect(failure(new GatewayError('storage_full', { title: '自己的' }), '接口的').msg).toBe('自己的')
    expect(failure(error, '接口的').msg).toBe('接口的')
    expect(failure(error, undefined).msg).toBe('操作失败')
  })

  it('says whether a message may have left all the same', () => {
    expect(failure(new GatewayError('internal', { sent: 'unknown' }), undefined).data.sent).toBe('unknown')
    expect(failure(new GatewayError('internal'), undefined).data.sent).toBe('no')
  })
})
