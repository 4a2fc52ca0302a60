import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import type { DeviceView } from '../../../src/console/schema.ts'
import { call } from '../api/call.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { wayBack } from './device-state.ts'
import { LogOutDialog } from './log-out-dialog.tsx'
import { LoginDialog } from './login-dialog.tsx'
import { RenameDialog } from './rename-dialog.tsx'

/** What can be done with a device in the state that it is in. @param name as it is shown */
export function DeviceActions({ device, name }: { device: DeviceView; name: string }) {
  const { t } = useLanguage()
  const client = useQueryClient()
  const [open, setOpen] = useState<'log in' | 'rename' | 'log out'>()
  const { appId, channel } = device
  const close = () => setOpen(undefined)
  const bringBack = useMutation({
    mutationFn: () => call('/console/api/login/reconnection', { appId }),
    onSettled: () => client.invalidateQueries({ queryKey: ['devices'] }),
  })
  const way = wayBack(device)
  return (
    <>
      {bringBack.isError && <ErrorNotice error={bringBack.error} />}
      <div className="device-actions">
        {device.wxid !== '' && (
          <Link
            className={`weui-btn hy-btn hy-btn-small ${way ? 'weui-btn_default' : 'weui-btn_primary'}`}
            href={`/chat/${encodeURIComponent(appId)}`}
            aria-label={`${t('deviceOpenChats')} ${name}`}
          >
            {t('deviceOpenChats')}
          </Link>
        )}
        {way === 'log in' && (
          <Button small kind="primary" onClick={() => setOpen('log in')}>
            {t(device.wxid === '' ? 'deviceLogIn' : 'deviceLogInAgain')}
          </Button>
        )}
        {way === 'bring back' && (
          <Button small kind="primary" busy={bringBack.isPending} onClick={() => bringBack.mutate()}>
            {t('deviceBringBack')}
          </Button>
        )}
        <Button small onClick={() => setOpen('rename')}>
          {t('deviceRename')}
        </Button>
        {!way && (
          <Button small onClick={() => setOpen('log out')}>
            {t('deviceLogOut')}
          </Button>
        )}
      </div>
      {open === 'log in' && <LoginDialog appId={appId} channel={channel} onClose={close} />}
      {open === 'rename' && <RenameDialog appId={appId} nickName={device.nickName} onClose={close} />}
      {open === 'log out' && <LogOutDialog device={device} name={name} onClose={close} />}
    </>
  )
}
