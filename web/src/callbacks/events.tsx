import { useId, useState } from 'react'
import type { EventState } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { EventDialog } from './event-dialog.tsx'
import { EventTable } from './event-table.tsx'
import type { EventsView, useEvents } from './queries.ts'

interface EventsProps {
  readonly facts: EventsView
  readonly query: ReturnType<typeof useEvents>
  readonly state: EventState | undefined
  readonly onState: (state: EventState | undefined) => void
}

const states = ['owed', 'delivered', 'failed'] as const

/** What was told or is yet to be told, the newest first. */
export function Events({ facts, query, state, onState }: EventsProps) {
  const { t } = useLanguage()
  const filter = useId()
  const [opened, setOpened] = useState<number>()
  const events = query.data?.pages.flatMap((page) => page.events) ?? []
  const empty = facts.url === null ? 'callbackNoUrl' : state ? 'callbackNoneSuch' : 'callbackNone'
  return (
    <section className="callback-card">
      <div className="callback-head">
        <h2>{t('callbackEvents')}</h2>
        <p className="callback-counts" role="status">
          <span>{t('callbackOwedCount', { count: facts.owed })}</span>
          <span className={facts.failed > 0 ? 'callback-failed-count' : ''}>
            {t('callbackFailedCount', { count: facts.failed })}
          </span>
        </p>
        <label htmlFor={filter}>{t('callbackFilter')}</label>
        <select
          id={filter}
          className="callback-filter"
          value={state ?? ''}
          onChange={({ target }) => onState(states.find((each) => each === target.value))}
        >
          <option value="">{t('callbackAll')}</option>
          {states.map((each) => (
            <option key={each} value={each}>
              {t(`callbackState_${each}`)}
            </option>
          ))}
        </select>
      </div>
      {events.length === 0 ? (
        <p className="callback-empty">{t(empty)}</p>
      ) : (
        <EventTable events={events} onOpen={setOpened} />
      )}
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t('loadMore')}
        </Button>
      )}
      {opened !== undefined && <EventDialog id={opened} onClose={() => setOpened(undefined)} />}
    </section>
  )
}
