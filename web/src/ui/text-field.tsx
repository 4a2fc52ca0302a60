import type { ComponentProps, ReactNode } from 'react'
import { Field } from './field.tsx'

type InputProps = Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'id' | 'children'>

interface TextFieldProps extends InputProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error?: string | undefined
  readonly hint?: ReactNode
  /** Lines of a text area; 0 or absent for an input. */
  readonly multiline?: number
}

/** A labelled text input, or a text area of `multiline` lines. */
export function TextField({
  label,
  value,
  onChange,
  error,
  hint,
  multiline,
  className = '',
  ...rest
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {({ id, describedBy }) => {
        const shared = {
          id,
          value,
          className: `hy-field-input ${className}`,
          'aria-describedby': describedBy,
          'aria-invalid': error ? true : undefined,
        }
        return multiline ? (
          <textarea
            {...shared}
            rows={multiline}
            maxLength={rest.maxLength}
            required={rest.required}
            placeholder={rest.placeholder}
            onChange={(event) => onChange(event.target.value)}
          />
        ) : (
          <input {...rest} {...shared} onChange={(event) => onChange(event.target.value)} />
        )
      }}
    </Field>
  )
}
