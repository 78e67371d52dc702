import type { TraceEvent } from '@straylight/console/contract/trace-event'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Badge, SeverityBadge } from './badge.tsx'
import { type Column, DataTable } from './data-table.tsx'
import { eventAddress } from './names.tsx'
import { countOf, sizeText } from './quantity.ts'
import { When } from './when.tsx'

export interface EventsTableProps {
  readonly events: readonly TraceEvent[]
  readonly tenant: string
  readonly agent: string
  /** Events that the page is about. */
  readonly marked?: readonly string[]
  readonly caption: string
}

/** Events as rows: when, what, how much, how it ended, and whether it was reported. */
export function EventsTable({ events, tenant, agent, marked = [], caption }: EventsTableProps): ReactNode {
  const columns: Column<TraceEvent>[] = [
    { name: 'Time', cell: ({ time }) => <When ms={time} seconds /> },
    {
      name: 'What it did',
      heads: true,
      cell: (event) => (
        <>
          <Link href={eventAddress(event.event_id, tenant, agent)}>
            {event.system} / {event.action}
          </Link>
          {marked.includes(event.event_id) ? (
            <>
              {' '}
              <Badge tone="critical">this alert</Badge>
            </>
          ) : null}
        </>
      ),
    },
    { name: 'On', cell: whatOn },
    { name: 'Amount', number: true, cell: amounts },
    { name: 'Outcome', cell: ({ outcome }) => outcome ?? 'not reported' },
    {
      name: 'Reported',
      cell: ({ finding, history }) =>
        finding === null ? history ? 'history' : 'no' : <SeverityBadge severity={finding.severity} />,
    },
  ]
  return (
    <DataTable
      caption={caption}
      columns={columns}
      rows={events}
      keyOf={({ event_id }, index) => `${event_id} ${index.toString()}`}
      none="No events of this session are stored any more."
    />
  )
}

function whatOn({ resource, destinations, privilege }: TraceEvent): ReactNode {
  const parts = [
    resource,
    ...destinations.map(({ name, internal }) => `to ${name}${internal ? ' (inside)' : ' (outside)'}`),
    privilege === null ? null : `with ${privilege}`,
  ].filter((part) => part !== null)
  return parts.length === 0 ? <span className="soft">–</span> : parts.join(', ')
}

function amounts({ bytes_sent, bytes_received, records }: TraceEvent): ReactNode {
  const parts = [
    bytes_sent === null ? null : `${sizeText(bytes_sent)} out`,
    bytes_received === null ? null : `${sizeText(bytes_received)} in`,
    records === null ? null : countOf(records, 'record'),
  ].filter((part) => part !== null)
  if (parts.length === 0) return <span className="soft">not reported</span>
  return parts.map((part) => <div key={part}>{part}</div>)
}
