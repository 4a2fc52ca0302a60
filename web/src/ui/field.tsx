import { type ReactNode, useId } from 'react'

export interface FieldIds {
  /** Of the control, that the label belongs to it. */
  readonly id: string
  /** For `aria-describedby`. */
  readonly describedBy: string | undefined
}

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly children: (ids: FieldIds) => ReactNode
}

/** A control with its label, and below it what it is for and what is wrong. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId()
  const described = [hint ? `${id}hint` : '', error ? `${id}error` : ''].filter(Boolean).join(' ')
  return (
    <div className="hy-field">
      <label className="hy-field-label" htmlFor={id}>
        {label}
      </label>
      {children({ id, describedBy: described || undefined })}
      {hint && (
        <p className="hy-field-hint" id={`${id}hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="hy-field-error" id={`${id}error`} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}
