import { makePass } from '../pass.ts'
import { secretKeyOf } from '../secret-key.ts'
import { liveToken } from './live-tokens.ts'
import { runningUrl } from './running.ts'
import { withDatabase } from './session.ts'

/** Prints a link alone on standard output, so that a script can open it. */
export async function printConsoleLink({ as }: { as: string }): Promise<void> {
  const link = await withDatabase(async (database, { config, secrets }) => {
    const baseUrl = await runningUrl(config.dataDir)
    const { id } = await liveToken(database, as)
    // Behind the #, where a browser keeps it from servers, proxies and their logs.
    return `${baseUrl}/console/#pass=${makePass(await secretKeyOf(secrets.secretKey, config.dataDir), id)}`
  })
  console.error('Open this link within ten minutes; it signs you in, so show it to nobody:')
  console.log(link)
}
