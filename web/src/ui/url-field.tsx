import type { ComponentProps } from 'react'
import { TextField } from './text-field.tsx'

/** Characters that the gateway takes. */
const MAX_URL = 8192

/** A labelled field for a URL. */
export function UrlField(props: ComponentProps<typeof TextField>) {
  return <TextField {...props} type="url" inputMode="url" autoComplete="off" maxLength={MAX_URL} />
}
