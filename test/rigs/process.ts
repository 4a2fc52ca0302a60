import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach } from 'vitest'
import { type Client, clientOf } from './process-client.ts'

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A command line that runs as a process of its own. */
export interface Command {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<Ending>
}

/** What `<data>/gateway.json` holds. */
export interface Published {
  readonly baseUrl: string
  readonly pid: number
  readonly version: string
}

/** A gateway that is a process of its own and answers. */
export interface GatewayProcess extends Command, Client {
  readonly baseUrl: string
  readonly token: string
  readonly dataDir: string
  /** Sends a signal, and resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<Ending>
}

interface RunOptions {
  readonly args: readonly string[]
  readonly env?: Record<string, string | undefined>
  /** The package's folder; this one unless given. */
  readonly home?: string
}

interface StartOptions {
  readonly dataDir: string
  /** Settings; undefined takes one of the rig's own away. */
  readonly env?: Record<string, string | undefined>
}

const running = new Set<ChildProcess>()
const folders: string[] = []

/** A token that the rig's gateways know. */
export const token = 'process-token-0123456789abcdef'

// Registered with whatever file uses the rig: no process and no folder outlives its test.
afterEach(async () => {
  await Promise.all([...running].map(kill))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder, removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hongyan-process-'))
  folders.push(folder)
  return folder
}

/** Starts `hongyan <args>` with these settings and none of ours. */
export function run({ args, env = {}, home = resolve('.') }: RunOptions): Command {
  const given = { PATH: process.env.PATH, HOME: process.env.HOME, ...env }
  const child = spawn(process.execPath, [join(home, 'dist/cli.js'), ...args], {
    cwd: home,
    env: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const ended = once(child, 'close').then(([code, signal]): Ending => {
    running.delete(child)
    return { code, signal }
  })
  return { child, stdout: collect(child.stdout), stderr: collect(child.stderr), ended }
}

/** Runs a command to its end. */
export async function finish(
  options: RunOptions,
): Promise<Ending & { readonly stdout: string; readonly stderr: string }> {
  const command = run(options)
  const ending = await command.ended
  return { ...ending, stdout: command.stdout(), stderr: command.stderr() }
}

/** The settings that the rig's gateways start with. */
export function settingsFor(dataDir: string): Record<string, string> {
  return {
    HONGYAN_DATA_DIR: dataDir,
    HONGYAN_PORT: '0',
    HONGYAN_TOKEN: token,
    HONGYAN_FETCH_ALLOW: '127.0.0.0/8',
  }
}

/** Starts `hongyan serve` and waits until it answers. */
export async function startProcess({ dataDir, env = {} }: StartOptions): Promise<GatewayProcess> {
  const command = run({ args: ['serve'], env: { ...settingsFor(dataDir), ...env } })
  const { baseUrl } = await untilServing(command, dataDir)
  const known = env.HONGYAN_TOKEN ?? token
  return {
    ...command,
    ...clientOf(baseUrl, known),
    baseUrl,
    token: known,
    dataDir,
    stop(signal = 'SIGTERM') {
      command.child.kill(signal)
      return command.ended
    },
  }
}

/** Waits for gateway.json of this very process, and for its word that it can serve. */
export async function untilServing({ child, stderr }: Command, dataDir: string): Promise<Published> {
  return until('the gateway serves', async () => {
    if (child.exitCode !== null) throw new Ended(`the gateway ended with ${child.exitCode}: ${stderr()}`)
    const published = await readPublished(dataDir)
    if (published?.pid !== child.pid) return undefined
    const ready = await fetch(`${published?.baseUrl}/readyz`).catch(() => undefined)
    return ready?.status === 200 ? published : undefined
  })
}

/** `<data>/gateway.json`, or undefined where there is none. */
export async function readPublished(dataDir: string): Promise<Published | undefined> {
  const text = await readFile(join(dataDir, 'gateway.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

/** Polls until `look` finds something; the last fault is told when it never does. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  limitMs = 25_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  let fault: unknown
  while (performance.now() < deadline) {
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      if (error instanceof Ended) throw error
      fault = error
    }
    await new Promise((again) => setTimeout(again, 20))
  }
  throw new Error(`never came true: ${what}`, { cause: fault })
}

/** Waiting on is of no use. */
class Ended extends Error {}

function collect(stream: ChildProcess['stdout']): () => string {
  const parts: Buffer[] = []
  stream?.on('data', (part: Buffer) => parts.push(part))
  return () => Buffer.concat(parts).toString()
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
