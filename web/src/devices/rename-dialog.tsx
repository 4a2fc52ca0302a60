import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import type { DeviceView } from '../../../src/console/schema.ts'
import { call } from '../api/call.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { TextField } from '../ui/text-field.tsx'

/** Characters that the gateway takes. */
const MAX_NAME = 64

interface RenameDialogProps {
  readonly appId: string
  readonly nickName: string
  readonly onClose: () => void
}

export function RenameDialog({ appId, nickName, onClose }: RenameDialogProps) {
  const { t } = useLanguage()
  const client = useQueryClient()
  const [name, setName] = useState(nickName)
  const form = useId()
  const renaming = useMutation({
    mutationFn: () => call<DeviceView>('/console/renameDevice', { appId, nickName: name.trim() }),
    onSuccess: async () => {
      onClose()
      await client.invalidateQueries({ queryKey: ['devices'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '' && !renaming.isPending) renaming.mutate()
  }
  return (
    <Dialog
      title={t('deviceRename')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" form={form} busy={renaming.isPending}>
            {t('save')}
          </Button>
        </>
      }
    >
      {renaming.isError && <ErrorNotice error={renaming.error} />}
      <form id={form} onSubmit={submit}>
        <TextField
          label={t('deviceNickName')}
          hint={t('deviceNickNameHint')}
          value={name}
          onChange={setName}
          maxLength={MAX_NAME}
          required
        />
      </form>
    </Dialog>
  )
}
