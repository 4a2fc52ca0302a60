import { useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { usePageTitle } from '../ui/page-title.ts'
import { Spinner } from '../ui/spinner.tsx'
import { AddDevice } from './add-device.tsx'
import { DeviceCard } from './device-card.tsx'
import { useDevices } from './use-devices.ts'
import './devices.css'

export function DevicesPage({ channels }: { channels: readonly string[] }) {
  const { t } = useLanguage()
  const { data: devices, error, isPending, refetch } = useDevices()
  const [isAdding, setAdding] = useState(false)
  usePageTitle(t('shellDevices'))
  return (
    <div className="shell-page">
      <header className="device-page-head">
        <h1>{t('shellDevices')}</h1>
        <Button kind="primary" onClick={() => setAdding(true)}>
          {t('deviceAdd')}
        </Button>
      </header>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {isPending && <Spinner label={t('loading')} />}
      {devices?.length === 0 && (
        <div className="device-none">
          <p className="device-none-title">{t('deviceNone')}</p>
          <p>{t('deviceNoneNote')}</p>
        </div>
      )}
      {devices && devices.length > 0 && (
        <ul className="device-list">
          {devices.map((device) => (
            <DeviceCard key={device.appId} device={device} />
          ))}
        </ul>
      )}
      {isAdding && <AddDevice channels={channels} onClose={() => setAdding(false)} />}
    </div>
  )
}
