import type { EventView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { useFormat } from '../ui/format.ts'
import { lastOf } from './outcome.ts'

interface EventTableProps {
  readonly events: readonly EventView[]
  readonly onOpen: (id: number) => void
}

/** On a phone each row is a card, and each cell carries its column's name. */
export function EventTable({ events, onOpen }: EventTableProps) {
  const { t } = useLanguage()
  return (
    <table className="callback-table">
      <thead>
        <tr>
          <th scope="col">{t('callbackTime')}</th>
          <th scope="col">{t('callbackDevice')}</th>
          <th scope="col">{t('callbackMessage')}</th>
          <th scope="col">{t('callbackFilter')}</th>
          <th scope="col">{t('callbackAttempts')}</th>
          <th scope="col">{t('callbackLast')}</th>
          <th scope="col">
            <span className="hy-hidden">{t('details')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <Row key={event.id} event={event} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ event, onOpen }: { event: EventView; onOpen: (id: number) => void }) {
  const { t } = useLanguage()
  const { dateTime } = useFormat()
  const { id, appId, newMsgId, state, attempts, createdAt } = event
  const at = dateTime(createdAt)
  return (
    <tr>
      <td data-label={t('callbackTime')}>{at}</td>
      <td data-label={t('callbackDevice')} className="callback-id">
        {appId}
      </td>
      <td data-label={t('callbackMessage')} className="callback-id">
        {newMsgId ?? t('callbackNoMessage')}
      </td>
      <td data-label={t('callbackFilter')}>
        <span className={`callback-state callback-state-${state}`}>{t(`callbackState_${state}`)}</span>
      </td>
      <td data-label={t('callbackAttempts')}>{attempts}</td>
      <td data-label={t('callbackLast')}>{lastOf(event) ?? t('callbackNotYet')}</td>
      <td>
        <Button small aria-label={t('callbackDetailsOf', { time: at })} onClick={() => onOpen(id)}>
          {t('details')}
        </Button>
      </td>
    </tr>
  )
}
