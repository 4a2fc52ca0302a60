import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useCallback, useState } from 'react'
import type { DeviceView, MessageView } from '../../../src/console/schema.ts'
import { call } from '../api/call.ts'
import { live } from '../api/live.ts'
import { useLanguage } from '../i18n/language.tsx'
import { useForward } from '../send/forward.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { MessageDetails } from './message-details.tsx'
import { MessageMenu } from './message-menu.tsx'

type OpenMenu = (message: MessageView, opener: HTMLElement) => void

/** The menu of whichever message is asked about. @returns what opens it, and what to render for it */
export function useMessageActions({ appId, revoke }: DeviceView): readonly [OpenMenu, ReactNode] {
  const { t } = useLanguage()
  const forward = useForward()
  const client = useQueryClient()
  const [asked, setAsked] = useState<{ message: MessageView; opener: HTMLElement }>()
  const [detailed, setDetailed] = useState<MessageView>()
  const withdrawal = useMutation({
    mutationFn: ({ peer, msgId, newMsgId }: MessageView) =>
      call('/console/api/message/revokeMsg', { appId, toWxid: peer, msgId, newMsgId }),
    // The feed tells of it; while that is lost, somebody must ask.
    onSuccess: async (_, { peer }) => {
      if (live.connection !== 'open') await client.invalidateQueries({ queryKey: ['messages', appId, peer] })
    },
  })
  const open = useCallback<OpenMenu>((message, opener) => setAsked({ message, opener }), [])
  const shown = (
    <>
      {asked && (
        <MessageMenu
          key={asked.message.newMsgId}
          {...asked}
          revoke={revoke}
          onForward={() => forward(appId, asked.message)}
          onWithdraw={() => withdrawal.mutate(asked.message)}
          onDetails={() => setDetailed(asked.message)}
          onClose={() => setAsked(undefined)}
        />
      )}
      {detailed && <MessageDetails message={detailed} onClose={() => setDetailed(undefined)} />}
      {withdrawal.isError && (
        <Dialog title={t('chatWithdrawFailed')} onClose={() => withdrawal.reset()}>
          <ErrorNotice error={withdrawal.error} />
        </Dialog>
      )}
    </>
  )
  return [open, shown]
}
