import { useConnection } from '../api/use-connection.ts'
import { useLanguage } from '../i18n/language.tsx'

/** Says when the live feed is lost, that nobody takes an old picture for the present. */
export function ConnectionState() {
  const { t } = useLanguage()
  const connection = useConnection()
  return (
    <div className="shell-status" role="status">
      {connection === 'lost' && <p>{t('shellLost')}</p>}
    </div>
  )
}
