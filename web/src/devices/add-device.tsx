import { useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { channelNote, channelWord } from './channel-words.ts'
import { LoginDialog } from './login-dialog.tsx'

/** First the channel, then the login. @param channels of the gateway, the default first */
export function AddDevice({ channels, onClose }: { channels: readonly string[]; onClose: () => void }) {
  const { t } = useLanguage()
  const [chosen, setChosen] = useState(channels[0] ?? '')
  const [confirmed, setConfirmed] = useState(false)
  if (confirmed) return <LoginDialog appId="" channel={chosen} onClose={onClose} />
  return (
    <Dialog
      title={t('deviceAdd')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" onClick={() => setConfirmed(true)}>
            {t('deviceNext')}
          </Button>
        </>
      }
    >
      <fieldset className="device-channels">
        <legend>{t('deviceChooseChannel')}</legend>
        {channels.map((channel) => {
          const word = channelWord(channel)
          const note = channelNote(channel)
          return (
            <label className="device-channel" key={channel}>
              <input
                type="radio"
                name="channel"
                checked={chosen === channel}
                onChange={() => setChosen(channel)}
              />
              <span>
                <span className="device-channel-name">{word ? t(word) : channel}</span>
                {note && <span className="device-channel-note">{t(note)}</span>}
              </span>
            </label>
          )
        })}
      </fieldset>
    </Dialog>
  )
}
