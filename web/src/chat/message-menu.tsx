import { type KeyboardEvent, useLayoutEffect, useRef } from 'react'
import type { MessageView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import './menu.css'

/** Milliseconds for which WeChat lets a message be withdrawn. */
const WITHDRAW_MS = 120_000
/** Pixels between the menu and its opener, and the edge of the window. */
const [GAP, EDGE] = [4, 8] as const

interface MessageMenuProps {
  readonly message: MessageView
  readonly opener: HTMLElement
  /** Whether the device's channel can withdraw. */
  readonly revoke: boolean
  readonly onForward: () => void
  readonly onWithdraw: () => void
  readonly onDetails: () => void
  readonly onClose: () => void
}

/** What can be done with a message. In the top layer: the lines of a chat clip what sticks out of them. */
export function MessageMenu({ message, opener, revoke, onClose, ...actions }: MessageMenuProps) {
  const { t } = useLanguage()
  const ref = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const menu = ref.current
    if (!menu) return
    menu.showPopover()
    place(menu, opener)
    itemsOf(menu)[0]?.focus()
  }, [opener])
  const isYoung = Date.now() - message.createdAt < WITHDRAW_MS
  const isOut = message.state === 'sent' || message.state === 'held'
  const choose = (action: () => void) => () => {
    // First, so that a dialog that opens next gives the focus back to the opener.
    ref.current?.hidePopover()
    opener.focus({ preventScroll: true })
    onClose()
    action()
  }
  return (
    <div
      ref={ref}
      popover="auto"
      role="menu"
      tabIndex={-1}
      aria-label={t('chatMenuTitle')}
      className="chat-menu"
      onKeyDown={(event) => step(event)}
      onToggle={(event) => event.newState === 'closed' && onClose()}
    >
      {message.xml !== '' && (
        <button type="button" role="menuitem" onClick={choose(actions.onForward)}>
          {t('forward')}
        </button>
      )}
      {message.direction === 'out' && revoke && isYoung && isOut && (
        <button type="button" role="menuitem" onClick={choose(actions.onWithdraw)}>
          {t('chatWithdraw')}
        </button>
      )}
      <button type="button" role="menuitem" onClick={choose(actions.onDetails)}>
        {t('details')}
      </button>
    </div>
  )
}

function itemsOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role="menuitem"]')]
}

/** Arrows, Home and End move within a menu; Tab leaves it, which closes it. */
function step(event: KeyboardEvent<HTMLElement>): void {
  if (event.key === 'Tab') {
    event.preventDefault()
    event.currentTarget.hidePopover()
    return
  }
  const items = itemsOf(event.currentTarget)
  const at = items.findIndex((item) => item.matches(':focus'))
  const places: Readonly<Record<string, number>> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  }
  const next = places[event.key]
  if (next === undefined) return
  event.preventDefault()
  items[next]?.focus()
}

/** Below the opener, or above where there is no room. */
function place(menu: HTMLElement, opener: HTMLElement): void {
  const from = opener.getBoundingClientRect()
  const { width, height } = menu.getBoundingClientRect()
  const below = from.bottom + GAP
  const top = below + height > innerHeight - EDGE ? from.top - GAP - height : below
  const left = Math.min(Math.max(EDGE, from.left), innerWidth - EDGE - width)
  menu.style.top = `${Math.max(EDGE, top)}px`
  menu.style.left = `${left}px`
}
