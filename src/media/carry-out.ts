import { isFault, type Statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Media } from './media.ts'
import type { Plan } from './plan.ts'
import type { StagedBody } from './staged-body.ts'

/** How often a plan is made anew because somebody stored the same bytes meanwhile. */
const MAX_PLANS = 5

/**
 * Gives `use` the media of a plan, to be put into the unit of the message. When that unit fails, what only the plan had
 * stored is taken back; and when it failed only because the same bytes have got their rows from another send, it is
 * tried again with a new plan.
 * @param again makes that plan
 * @param body what was fetched for it, if anything; marked as kept once a row knows it
 */
export async function carryOut<T>(
  first: Plan,
  again: () => Promise<Plan>,
  body: StagedBody | undefined,
  use: (media: Media, statements: readonly Statement[]) => Promise<T>,
): Promise<T> {
  let plan = first
  for (let count = 1; ; count += 1) {
    try {
      const result = await use(plan.media, plan.statements)
      if (body) body.kept ||= (await body.placed()) === plan.media.body.key
      return result
    } catch (error) {
      if (mayBeThere(error)) {
        if (body) body.kept = true
        throw error
      }
      // What cannot be taken back now is swept; the caller must hear of the first fault.
      await plan.undo().catch(() => undefined)
      if (!storedMeanwhile(error) || count === MAX_PLANS) throw error
    }
    plan = await again()
  }
}

/** Nobody said whether the rows were written: they may yet come true, and must find their bytes then. */
function mayBeThere(error: unknown): boolean {
  return error instanceof GatewayError && error.sent === 'unknown'
}

function storedMeanwhile(error: unknown): boolean {
  return isFault(error instanceof GatewayError ? error.cause : error, 'unique')
}
