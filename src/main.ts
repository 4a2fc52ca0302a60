import { ConfigError, readConfig } from './config.ts'
import { startGateway } from './gateway.ts'
import { createLog } from './log.ts'

/**
 * The process: configuration, gateway, wait for a signal, dispose. A second signal ends it at once.
 * @returns the exit code
 */
export async function serve(): Promise<number> {
  // The data folder holds keys: nobody else on the machine may read what this process writes.
  process.umask(0o077)
  const settings = readSettings()
  if (!settings) return 1
  const { config, secrets } = settings
  const log = createLog(config.logLevel)
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    let asked = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve(signal)
      })
    }
  })
  try {
    await using gateway = await startGateway(config, secrets, log)
    if (gateway.newToken) {
      console.log(welcome(gateway.baseUrl, gateway.newToken, await gateway.consoleLink('/')))
    }
    log.info(
      { baseUrl: gateway.baseUrl, downloadUrl: gateway.downloadUrl, dataDir: config.dataDir },
      'serving',
    )
    log.info({ signal: await stopped }, 'stopping: finishing the requests in flight')
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    log.debug({ err: error }, 'the start failed')
    return 1
  }
  log.info('stopped')
  return 0
}

/** The settings, or undefined after saying on standard error what is wrong with them. */
export function readSettings(): ReturnType<typeof readConfig> | undefined {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.message)
    return undefined
  }
}

/** Shown once, at the first start; the curl line works as pasted. */
function welcome(baseUrl: string, token: string, consoleLink: string | undefined): string {
  const forPeople = consoleLink
    ? `
  控制台 / console（链接 10 分钟内有效，之后用 npx hongyan console / good for ten minutes, later: npx hongyan console）

  ${consoleLink}
`
    : ''
  return `
鸿雁 Hongyan 已启动 / is serving

  base URL      ${baseUrl}
  X-GEWE-TOKEN  ${token}

  接口文档      ${baseUrl}/docs
${forPeople}
  请保存好 token，它不会再次显示；hongyan token create 可以另建。
  Keep the token: it is not shown again. hongyan token create makes others.
  媒体或回调在本机、内网时，请设置 HONGYAN_FETCH_ALLOW，如 127.0.0.0/8。
  Media or callbacks on this machine or a private network need HONGYAN_FETCH_ALLOW, such as 127.0.0.0/8.

  试一试 / Try it:

  curl -s -X POST ${baseUrl}/login/getLoginQrCode -H 'X-GEWE-TOKEN: ${token}' -H 'Content-Type: application/json' -d '{"appId":""}'

`
}
