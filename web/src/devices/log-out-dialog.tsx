import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { DeviceView } from '../../../src/console/schema.ts'
import { call } from '../api/call.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'

interface LogOutDialogProps {
  readonly device: DeviceView
  readonly name: string
  readonly onClose: () => void
}

/** Asks first: programs that speak as the device fail from then on. */
export function LogOutDialog({ device, name, onClose }: LogOutDialogProps) {
  const { t } = useLanguage()
  const client = useQueryClient()
  const { appId, channel } = device
  const leaving = useMutation({
    mutationFn: () => call('/console/api/login/logout', { appId }),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: ['devices'] }),
  })
  return (
    <Dialog
      title={t('deviceLogOutTitle', { name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="warn" busy={leaving.isPending} onClick={() => leaving.mutate()}>
            {t('deviceLogOut')}
          </Button>
        </>
      }
    >
      {leaving.isError && <ErrorNotice error={leaving.error} />}
      <p>{t(channel === 'local' ? 'deviceLogOutLocal' : 'deviceLogOutRemote')}</p>
    </Dialog>
  )
}
