import { newHex, newOpaque } from './ids.ts'
import type { Bot, IlinkOptions } from './options.ts'

/** What a bot may say to one user. */
interface Conversation {
  left: number
  /** When the user last wrote, or bound the bot. */
  since: number
  readonly contextTokens: Set<string>
}

/** A message of a user on its way to the bot. */
interface Mail {
  readonly seq: number
  readonly message: unknown
}

export interface Account extends Bot {
  readonly conversations: Map<string, Conversation>
  readonly mail: Mail[]
  /** The newest message that an answer was written with. */
  delivered: number
  /** Wakes the polls that wait; each stays until it has answered or was left. */
  readonly waiting: Set<() => void>
  /** Typing tickets by user. */
  readonly tickets: Map<string, string>
  lastUin?: string
}

/** Every bot there ever was, and what it may say to whom. */
export function createAccounts(options: IlinkOptions) {
  const accounts: Account[] = []

  function conversation(account: Account, userId: string): Conversation {
    const known = account.conversations.get(userId)
    if (known) return known
    const made = { left: options.quota, since: options.now(), contextTokens: new Set<string>() }
    account.conversations.set(userId, made)
    return made
  }

  function wake(account: Account): void {
    for (const each of account.waiting) each()
  }

  return {
    all: accounts,
    wake,
    /** A new bot of a user; the one before is dead from now on. */
    bind(userId: string): Account {
      for (const account of accounts) {
        if (account.userId !== userId) continue
        account.alive = false
        wake(account)
      }
      const botId = `${newHex(6)}@im.bot`
      const account: Account = {
        botId,
        token: `${botId}:060000${newHex(21)}`,
        userId,
        alive: true,
        conversations: new Map(),
        mail: [],
        delivered: 0,
        waiting: new Set(),
        tickets: new Map(),
      }
      conversation(account, userId)
      accounts.push(account)
      return account
    },
    byToken: (token: string) => accounts.find((account) => account.token === token),
    byId(botId: string): Account {
      const account = accounts.find((each) => each.botId === botId)
      if (!account) throw new Error(`the rig has no bot ${botId}`)
      return account
    },
    setAlive(account: Account, alive: boolean): void {
      account.alive = alive
      wake(account)
    },
    /** The user wrote: a new context token, the quota is full, the window starts anew. */
    refill(account: Account, userId: string): string {
      const spoken = conversation(account, userId)
      spoken.left = options.quota
      spoken.since = options.now()
      const token = newOpaque()
      spoken.contextTokens.add(token)
      return token
    },
    ticket(account: Account, userId: string): string {
      const known = account.tickets.get(userId)
      if (known) return known
      const made = newOpaque()
      account.tickets.set(userId, made)
      return made
    },
  }
}

export type Accounts = ReturnType<typeof createAccounts>
