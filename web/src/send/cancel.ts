import { call } from '../api/call.ts'

/**
 * Asks the gateway to stop a send.
 * @returns `refused`: its message is on its way, or it has not begun yet. `unheard`: the gateway did not answer
 */
export async function askToCancel(idempotencyKey: string): Promise<'cancelled' | 'refused' | 'unheard'> {
  try {
    const { cancelled } = await call<{ cancelled: boolean }>('/console/api/message/cancelSend', {
      idempotencyKey,
    })
    return cancelled ? 'cancelled' : 'refused'
  } catch {
    return 'unheard'
  }
}
