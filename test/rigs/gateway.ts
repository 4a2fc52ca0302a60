import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { type Gateway, startGateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'

export const token = 'test-token-0123456789abcdef'

export interface Reply<D = Record<string, unknown>> {
  readonly ret: number
  readonly msg: string
  readonly data: D
}

/** A device that is logged in. */
export interface TestDevice {
  readonly appId: string
  readonly wxid: string
}

/** A whole gateway in this process, on a free port with an empty data folder, and the calls a client makes. */
export interface TestGateway {
  readonly baseUrl: string
  readonly downloadUrl: string | undefined
  readonly dataDir: string
  /** Undefined for the embedded database in `dataDir`. */
  readonly databaseUrl: URL | undefined
  readonly newToken: string | undefined
  consoleLink(page: string): Promise<string | undefined>
  /** Posts JSON with the rig's token, or as `options` say; answers HTTP status and parsed body. */
  post<D = Record<string, unknown>>(
    path: string,
    body?: unknown,
    options?: { token?: string | null; headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Reply<D> & { readonly status: number }>
  /** A device of the rig's token, or another's, logged in. */
  device(token?: string): Promise<TestDevice>
  /** Stops as SIGTERM does, and starts again on the same folder. */
  restart(env?: Record<string, string>): Promise<void>
  close(): Promise<void>
}

interface Options {
  /** Settings beside the rig's own. */
  readonly env?: Record<string, string>
  /** PostgreSQL instead of the embedded database. */
  readonly databaseUrl?: URL | undefined
}

/** Starts one; the door to loopback is open, since that is where the rigs are. */
export async function startTestGateway({ env = {}, databaseUrl }: Options = {}): Promise<TestGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hongyan-test-'))
  const start = (more: Record<string, string> = {}): Promise<Gateway> => {
    const { config, secrets } = readConfig({
      HONGYAN_DATA_DIR: dataDir,
      HONGYAN_PORT: '0',
      HONGYAN_TOKEN: token,
      HONGYAN_FETCH_ALLOW: '127.0.0.0/8',
      HONGYAN_LOG_LEVEL: 'silent',
      ...(databaseUrl ? { HONGYAN_DATABASE_URL: databaseUrl.href } : {}),
      ...env,
      ...more,
    })
    return startGateway(config, secrets, createLog(config.logLevel))
  }
  let gateway = await start()

  const post: TestGateway['post'] = async (path, body = {}, options = {}) => {
    const named = options.token === undefined ? token : options.token
    const response = await fetch(`${gateway.baseUrl}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(named === null ? {} : { 'x-gewe-token': named }),
        ...options.headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(options.signal ? { signal: options.signal } : {}),
    })
    const reply = (await response.json()) as Reply<never>
    return { status: response.status, ...reply }
  }

  return {
    get baseUrl() {
      return gateway.baseUrl
    },
    get downloadUrl() {
      return gateway.downloadUrl
    },
    get newToken() {
      return gateway.newToken
    },
    dataDir,
    databaseUrl,
    consoleLink: (page) => gateway.consoleLink(page),
    post,
    async device(of = token) {
      const { data } = await post<{ appId: string; uuid: string }>(
        '/login/getLoginQrCode',
        { appId: '' },
        { token: of },
      )
      const login = await post<{ loginInfo: { wxid: string } }>(
        '/login/checkLogin',
        { appId: data.appId, uuid: data.uuid },
        { token: of },
      )
      return { appId: data.appId, wxid: login.data.loginInfo.wxid }
    },
    async restart(more) {
      await gateway[Symbol.asyncDispose]()
      gateway = await start(more)
    },
    async close() {
      await gateway[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
