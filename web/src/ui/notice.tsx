import type { ReactNode } from 'react'

/** Words that matter now; read out when they appear, an error at once. */
export function Notice({ kind, children }: { kind: 'error' | 'info'; children: ReactNode }) {
  return (
    <div className={`hy-notice hy-notice-${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      {children}
    </div>
  )
}
