import { vi } from 'vitest'
import { startTestGateway, type TestGateway, token } from '../rigs/gateway.ts'

/** What a command printed, and how it ended. */
export interface Printed<T> {
  readonly stdout: string
  readonly stderr: string
  readonly result: T | undefined
  readonly error: Error | undefined
}

/**
 * Runs a command of `hongyan` in this process. The commands are tested as processes of their own too (test/process);
 * here coverage sees them.
 */
export async function printedBy<T>(command: () => Promise<T>): Promise<Printed<T>> {
  const stdout = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const stderr = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const bar = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  const linesOf = (spy: typeof stdout) => spy.mock.calls.map(([line]) => String(line)).join('\n')
  let result: T | undefined
  let error: Error | undefined
  try {
    result = await command()
  } catch (thrown) {
    error = thrown instanceof Error ? thrown : new Error(String(thrown))
  }
  const printed = { stdout: linesOf(stdout), stderr: linesOf(stderr), result, error }
  for (const spy of [stdout, stderr, bar]) spy.mockRestore()
  return printed
}

/** Settings of the commands until `vi.unstubAllEnvs`. */
export function settle(dataDir: string): void {
  vi.stubEnv('HONGYAN_DATA_DIR', dataDir)
  vi.stubEnv('HONGYAN_LOG_LEVEL', 'silent')
}

/** A gateway with two devices, and the commands told of it. */
export async function settledGateway(): Promise<{
  readonly gateway: TestGateway
  readonly sender: { readonly appId: string; readonly wxid: string }
  readonly receiver: { readonly appId: string; readonly wxid: string }
}> {
  const gateway = await startTestGateway()
  settle(gateway.dataDir)
  return { gateway, sender: await gateway.device(), receiver: await gateway.device() }
}

export { token }
