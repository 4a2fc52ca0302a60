import type { Database } from '../../src/database/database.ts'
import { SWEEP } from '../../src/media/sweep.ts'
import type { Reply } from '../rigs/gateway.ts'
import { type GatewayProcess, until } from '../rigs/process.ts'
import { type Found, messagesAreWhole, nothing, together } from './aftermath.ts'
import { age, blobFaults, blobsOpen, bytesAreThere, uploadsAreThere } from './aftermath-blobs.ts'
import { heardKeysReplay, unheardKeysSendOnce } from './aftermath-keys.ts'
import type { Traffic } from './callers-traffic.ts'

/** How many videos are also fetched through the gateway, after each kill. */
const FETCHED = 5

interface Aftermath {
  readonly database: Database
  /** The folder of blobs. */
  readonly blobs: string
  /** The one that serves now. */
  readonly gateway: GatewayProcess
  readonly traffic: Traffic
  /** What was done since the kill before. */
  readonly recent: Pick<Traffic, 'calls' | 'uploads'>
}

/** Everything that must hold once the gateway is back, the next traffic not yet begun. */
export async function lookAfter({ database, blobs, gateway, traffic, recent }: Aftermath): Promise<Found> {
  const { calls, uploads } = recent
  if (database.engine === 'postgres') await sweepIsDone(database)
  const videos = calls.filter(({ path }) => path.endsWith('Video')).slice(-FETCHED)
  return together([
    { ...nothing, lost: badAnswers(traffic) },
    await messagesAreWhole(database, traffic),
    await blobFaults(database, blobs),
    await blobsOpen(database, blobs, traffic.calls),
    await bytesAreThere(gateway, traffic, videos),
    await uploadsAreThere(uploads),
    await heardKeysReplay(gateway, database, calls),
    await unheardKeysSendOnce(gateway, database, calls),
  ])
}

/** Every answer is a success, or says that the gateway stops and that nothing was sent. */
function badAnswers({ calls, withdrawals, uploads, wrong }: Traffic): string[] {
  const replies = [...calls, ...withdrawals, ...uploads].flatMap(({ reply }): Reply<unknown>[] =>
    reply ? [reply] : [],
  )
  const bad = replies.filter(({ ret, data }) => ret !== 200 && !tellsOfTheStop(data))
  return [...wrong, ...bad.map((reply) => `answered ${JSON.stringify(reply)}`)]
}

function tellsOfTheStop(data: unknown): boolean {
  return (
    typeof data === 'object' &&
    data !== null &&
    'code' in data &&
    data.code === 'shutting_down' &&
    'sent' in data &&
    data.sent === 'no'
  )
}

/** While no gateway runs: makes the next one sweep at its start whatever is there now. */
export async function sweepIsDue({ sql }: Database, blobs: string): Promise<void> {
  await age(blobs)
  await sql.updateTable('jobs').set({ run_at: 0 }).where('kind', '=', SWEEP).execute()
}

/** Waits until that sweep is over. */
export async function sweepIsDone({ sql }: Database): Promise<void> {
  await until('the sweep has run', async () => {
    const job = await sql.selectFrom('jobs').select('run_at').where('kind', '=', SWEEP).executeTakeFirst()
    return (job && job.run_at > Date.now()) || undefined
  })
}
