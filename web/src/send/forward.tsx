import { createContext, lazy, type ReactNode, Suspense, use, useCallback, useState } from 'react'
import type { MessageView } from '../../../src/console/schema.ts'

const ForwardDialog = lazy(async () => ({ default: (await import('./forward-dialog.tsx')).ForwardDialog }))

type Forward = (appId: string, message: MessageView) => void

const ForwardContext = createContext<Forward | undefined>(undefined)

/** Holds the dialog that `useForward` opens; it outlives the chat that it was opened from. */
export function ForwardProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ readonly appId: string; readonly message: MessageView }>()
  const forward = useCallback<Forward>((appId, message) => setAsked({ appId, message }), [])
  return (
    <ForwardContext value={forward}>
      {children}
      {asked && (
        <Suspense>
          <ForwardDialog {...asked} onClose={() => setAsked(undefined)} />
        </Suspense>
      )}
    </ForwardContext>
  )
}

/** Opens the dialog that forwards a video, image or file of a device. */
export function useForward(): Forward {
  const forward = use(ForwardContext)
  if (!forward) throw new Error('useForward outside of ForwardProvider')
  return forward
}
