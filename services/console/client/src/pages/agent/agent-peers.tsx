import type { AgentDetail } from '@straylight/console/contract/agent-detail'
import type { ReactNode } from 'react'
import { ShareBar } from '../../charts/share-bar.tsx'
import { Block } from '../../parts/block.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { AgentLink } from '../../parts/names.tsx'
import { countOf, countText, numberText, sizeText } from '../../parts/quantity.ts'

/** The same numbers of its peers beside its own. */
export function AgentPeers({ detail }: { detail: AgentDetail }): ReactNode {
  const { agent, peers, peer_group, volumes } = detail
  const rows = [{ agent: agent.agent, day: volumes.day, risk: agent.risk }, ...peers.items]
  const most = Math.max(...rows.map(({ day }) => day?.calls.median ?? 0), 1)
  return (
    <Block title="Beside its peers">
      <p className="soft">
        {peer_group === null
          ? 'It has no peer group yet.'
          : `${countOf(peers.items.length, 'peer')}${peers.more ? ' or more' : ''} in ${peer_group}. Amounts of a day: the middle, and the busiest usual.`}
      </p>
      <DataTable
        caption="This agent and its peers"
        first={12}
        rows={rows}
        keyOf={(row) => row.agent}
        columns={[
          {
            name: 'Agent',
            heads: true,
            cell: (row) =>
              row.agent === agent.agent ? (
                <strong>{row.agent} (this one)</strong>
              ) : (
                <AgentLink tenant={agent.tenant} agent={row.agent} />
              ),
          },
          {
            name: 'Calls',
            number: true,
            cell: ({ day }) => (day === null ? '–' : `${countText(day.calls.median)} – ${countText(day.calls.p99)}`),
          },
          { name: 'Compared', cell: ({ day }) => <ShareBar share={(day?.calls.median ?? 0) / most} /> },
          {
            name: 'Sent',
            number: true,
            cell: ({ day }) => (day === null ? '–' : `${sizeText(day.sent.median)} – ${sizeText(day.sent.p99)}`),
          },
          { name: 'Risk (σ)', number: true, cell: ({ risk }) => (risk === null ? '–' : numberText(risk)) },
        ]}
      />
    </Block>
  )
}
