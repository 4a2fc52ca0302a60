import type { ComponentProps, MouseEvent } from 'react'

interface ButtonProps extends ComponentProps<'button'> {
  readonly kind?: 'primary' | 'default' | 'warn' | 'plain'
  readonly small?: boolean
  /** Under way: stays in focus, and does nothing more. */
  readonly busy?: boolean
}

const kinds = {
  primary: 'weui-btn_primary',
  default: 'weui-btn_default',
  warn: 'weui-btn_warn',
  plain: 'hy-btn-plain',
}

export function Button({
  kind = 'default',
  small,
  busy,
  className = '',
  type = 'button',
  onClick,
  children,
  ...rest
}: ButtonProps) {
  const click = (event: MouseEvent<HTMLButtonElement>) => {
    // A disabled button would lose the focus; prevented, a click submits no form either.
    if (busy) event.preventDefault()
    else onClick?.(event)
  }
  return (
    <button
      {...rest}
      type={type}
      onClick={click}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      className={`weui-btn hy-btn ${small ? 'hy-btn-small ' : ''}${kinds[kind]} ${className}`}
    >
      {busy && <span className="hy-ring" aria-hidden="true" />}
      {children}
    </button>
  )
}
