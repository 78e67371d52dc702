import type { AgentRow } from '@straylight/console/contract/agent-row'
import type { ReactNode } from 'react'
import { SeverityBadge } from './badge.tsx'
import { DataTable } from './data-table.tsx'
import { AgentLink, orUnknown } from './names.tsx'
import { countText, numberText } from './quantity.ts'
import { AgentStateBadge } from './states.tsx'
import { When } from './when.tsx'

/** Agents as rows. */
export function AgentsTable({
  caption,
  rows,
  none,
}: {
  caption: string
  rows: readonly AgentRow[]
  none: string
}): ReactNode {
  return (
    <DataTable
      caption={caption}
      rows={rows}
      keyOf={({ tenant, agent }) => `${tenant} ${agent}`}
      none={none}
      columns={[
        { name: 'Agent', heads: true, cell: (row) => <AgentLink tenant={row.tenant} agent={row.agent} /> },
        { name: 'State', cell: ({ state }) => <AgentStateBadge state={state} /> },
        { name: 'Risk (σ)', number: true, cell: ({ risk }) => (risk === null ? '–' : numberText(risk)) },
        {
          name: 'Open alerts',
          cell: ({ open_alerts, worst_severity }) => (
            <span className="row together">
              {countText(open_alerts)}
              {worst_severity === null ? null : <SeverityBadge severity={worst_severity} />}
            </span>
          ),
        },
        {
          name: 'Owner',
          cell: ({ owner, registered }) => orUnknown(owner, registered ? 'no owner' : 'not registered'),
        },
        { name: 'Role', cell: ({ role }) => orUnknown(role, '–') },
        { name: 'Tier', cell: ({ tier }) => orUnknown(tier, '–') },
        { name: 'Events', number: true, cell: ({ events }) => countText(events) },
        { name: 'Last seen', cell: ({ last_seen }) => (last_seen === null ? 'never' : <When ms={last_seen} ago />) },
      ]}
    />
  )
}
