import type { Client } from '../rigs/process-client.ts'
import { nextAct } from './callers-acts.ts'
import type { Traffic } from './callers-traffic.ts'

const CALLERS = 16

/**
 * Callers that send, forward, receive, upload and withdraw, one request after another, until the gateway is gone.
 * Resolves when all have seen it go.
 */
export async function sendUntilItDies(
  traffic: Traffic,
  client: Client & { readonly baseUrl: string },
  onReply: () => void,
): Promise<void> {
  const caller = async () => {
    for (;;) {
      const act = nextAct(traffic)
      try {
        await act(client)
      } catch (error) {
        // A connection that fails or ends early is a TypeError of fetch.
        if (!(error instanceof TypeError)) traffic.wrong.push(String(error))
        return
      }
      onReply()
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
}
