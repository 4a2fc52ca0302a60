import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { useLanguage } from '../i18n/language.tsx'

interface DialogProps {
  readonly title: string
  /** Asked to close: by Escape or the button. The dialog stays until it is no longer rendered. */
  readonly onClose: () => void
  readonly children: ReactNode
  /** Buttons at the bottom. */
  readonly actions?: ReactNode
  readonly className?: string
}

/** A modal dialog. The first control of its content gets the focus; closed, what had it before. */
export function Dialog({ title, onClose, children, actions, className = '' }: DialogProps) {
  const { t } = useLanguage()
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      className={`hy-dialog ${className}`}
      onCancel={(event) => {
        // A file input inside sends a `cancel` of its own.
        if (event.target !== ref.current) return
        event.preventDefault()
        onClose()
      }}
      onClose={(event) => {
        if (event.target === ref.current) onClose()
      }}
    >
      <header className="hy-dialog-head">
        <h2 className="hy-dialog-title" id={id}>
          {title}
        </h2>
      </header>
      <div className="hy-dialog-body">{children}</div>
      {actions && <div className="hy-dialog-actions">{actions}</div>}
      {/* Last, so that the first focus is not on it. */}
      <button type="button" className="hy-dialog-close" aria-label={t('close')} onClick={onClose}>
        <span aria-hidden="true">×</span>
      </button>
    </dialog>
  )
}
