import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { focusComposer } from './composer-focus.ts'

interface KeepFocusProps {
  readonly className: string
  readonly children: ReactNode
}

/** When this goes and the focus with it, the composer gets the focus. */
export function KeepFocus({ className, children }: KeepFocusProps) {
  const ref = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = ref.current
    return () => {
      // Afterwards: until then a dialog inside may hold the focus.
      if (element?.contains(document.activeElement)) queueMicrotask(focusComposer)
    }
  }, [])
  return (
    <div ref={ref} className={className}>
      {children}
    </div>
  )
}
