import type { AlertRow } from '@straylight/console/contract/alert-row'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useAlertStream } from '../api/alert-stream.ts'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { useShortcuts } from '../keyboard/shortcuts.tsx'
import { alertAddress } from '../parts/names.tsx'
import { countOf } from '../parts/quantity.ts'
import { useTitle } from '../parts/use-title.ts'
import { AlertFilters } from './alerts/alert-filters.tsx'
import { AlertGroupsTable } from './alerts/alert-groups-table.tsx'
import { AlertQueue } from './alerts/alert-queue.tsx'
import { BulkVerdicts } from './alerts/bulk-verdicts.tsx'
import { LiveState } from './alerts/live-state.tsx'
import { useQueueFilters } from './alerts/queue-filters.ts'
import { toggled } from './alerts/toggled.ts'

/** The queue: search, group, choose, answer, live. All of it works by keyboard alone. */
export function AlertsPage(): ReactNode {
  const [filters, setFilters] = useQueueFilters()
  const { by, ...query } = filters
  const loaded = useLoaded('alerts', query)
  const rows = loaded.value?.items ?? []
  const [at, setAt] = useState(0)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [live, setLive] = useState(true)
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set())
  const stream = useAlertStream(live, ({ alert }) => setArrived((before) => new Set(before).add(alert.id)))
  const refresh = () => {
    setArrived(new Set())
    loaded.reload()
  }
  const { reload } = loaded
  useReloadSoon(live && arrived.size > 0 && chosen.size === 0, () => {
    setArrived(new Set())
    reload()
  })
  useTitle('Alerts')
  useQueueKeys({ rows, at, setAt, chosen, setChosen, refresh, setLive })
  return (
    <div className="page">
      <div className="head">
        <h1>Alerts</h1>
        <LiveState state={stream} live={live} setLive={setLive} waiting={arrived.size} refresh={refresh} />
      </div>
      <AlertFilters filters={filters} setFilters={setFilters} />
      {by === undefined ? null : <AlertGroupsTable filters={filters} setFilters={setFilters} />}
      <Shown of={loaded}>
        {({ items, total, total_max, next }) => (
          <>
            <div className="head">
              <p role="status">
                {total === null ? `More than ${countOf(total_max, 'alert')}` : countOf(total, 'alert')}
                {next === null ? '' : `; the first ${items.length} are shown`}
              </p>
              <BulkVerdicts
                rows={items.filter(({ id }) => chosen.has(id))}
                clear={() => setChosen(new Set())}
                onDone={loaded.follow}
              />
            </div>
            <AlertQueue rows={items} at={at} setAt={setAt} chosen={chosen} setChosen={setChosen} />
            {next === null ? null : (
              <div className="row">
                <button type="button" onClick={() => setFilters({ ...filters, cursor: next })}>
                  Next page
                </button>
              </div>
            )}
          </>
        )}
      </Shown>
    </div>
  )
}

const settleMs = 1500

/** Loads again a moment after something came, so that a storm of alerts is one request. */
function useReloadSoon(due: boolean, reload: () => void): void {
  const latest = useRef(reload)
  latest.current = reload
  useEffect(() => {
    if (!due) return undefined
    const timer = setTimeout(() => latest.current(), settleMs)
    return () => clearTimeout(timer)
  }, [due])
}

interface QueueKeys {
  readonly rows: readonly AlertRow[]
  readonly at: number
  readonly setAt: (at: number) => void
  readonly chosen: ReadonlySet<string>
  readonly setChosen: (chosen: ReadonlySet<string>) => void
  readonly refresh: () => void
  readonly setLive: (change: (live: boolean) => boolean) => void
}

function useQueueKeys({ rows, at, setAt, chosen, setChosen, refresh, setLive }: QueueKeys): void {
  const [, go] = useLocation()
  const row = rows[at]
  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to))
    setAt(next)
    document.getElementById(`alert-link-${rows[next]?.id}`)?.focus()
  }
  useShortcuts([
    {
      keys: 'j',
      what: 'Next alert',
      run: () => move(document.activeElement?.id.startsWith('alert-link-') ? at + 1 : at),
    },
    { keys: 'k', what: 'Alert before', run: () => move(at - 1) },
    { keys: 'o', what: 'Open the alert', run: () => row !== undefined && go(alertAddress(row.id)) },
    {
      keys: 'x',
      what: 'Choose the alert, to answer several at once',
      run: () => row !== undefined && setChosen(toggled(chosen, row.id)),
    },
    { keys: '/', what: 'Search', run: () => document.getElementById('alert-search')?.focus() },
    { keys: 'p', what: 'Pause or go on with new alerts', run: () => setLive((live) => !live) },
    { keys: 'r', what: 'Load again', run: refresh },
  ])
}
