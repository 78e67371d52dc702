import type { AgentDetail } from '@straylight/console/contract/agent-detail'
import type { ReactNode } from 'react'
import { ShareBar } from '../../charts/share-bar.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Block } from '../../parts/block.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { NotLearnt } from '../../parts/not-learnt.tsx'
import { countOf, countText, shareText } from '../../parts/quantity.ts'
import { When } from '../../parts/when.tsx'

const boundaryBadge = (within: boolean | null): ReactNode => {
  if (within === null) return <span className="soft">no boundary</span>
  return within ? 'inside' : <Badge tone="high">outside</Badge>
}

/** Each system and step it used: since when, how often, and whether its peers do. */
export function SystemsAndTools({ detail }: { detail: AgentDetail }): ReactNode {
  const { systems, actions } = detail
  return (
    <Block title="Systems and tools that it used">
      <DataTable
        caption="Systems"
        hideCaption={false}
        rows={systems.items}
        keyOf={({ system }) => system}
        none="It used none yet."
        columns={[
          {
            name: 'System',
            heads: true,
            cell: (row) => (
              <>
                {row.system} {row.events === row.not_learnt ? <NotLearnt /> : null}
              </>
            ),
          },
          { name: 'First seen', cell: ({ first_time }) => <When ms={first_time} /> },
          { name: 'Last seen', cell: ({ last_time }) => <When ms={last_time} ago /> },
          { name: 'Events', number: true, cell: ({ events }) => countText(events) },
          { name: 'Not learnt', number: true, cell: ({ not_learnt }) => countText(not_learnt) },
          { name: 'Share', number: true, cell: ({ share }) => shareText(share) },
          { name: 'Of all it did', cell: ({ share }) => <ShareBar share={share} /> },
          { name: 'Boundary', cell: ({ within_boundary }) => boundaryBadge(within_boundary) },
        ]}
      />
      <details>
        <summary>{countOf(actions.items.length, 'step')} (system and action), with peers</summary>
        <DataTable
          caption="Steps"
          first={30}
          rows={actions.items}
          keyOf={({ step }) => step}
          none="It used none yet."
          columns={[
            {
              name: 'Step',
              heads: true,
              cell: (row) => (
                <>
                  <code>{row.step}</code> {row.events === row.not_learnt ? <NotLearnt /> : null}
                </>
              ),
            },
            { name: 'First seen', cell: ({ first_time }) => <When ms={first_time} /> },
            { name: 'Last seen', cell: ({ last_time }) => <When ms={last_time} ago /> },
            { name: 'Days', number: true, cell: ({ days }) => countText(days) },
            { name: 'Events', number: true, cell: ({ events }) => countText(events) },
            { name: 'Share', number: true, cell: ({ share }) => shareText(share) },
            {
              name: 'Peers that do',
              cell: ({ peers, peers_that_do }) =>
                peers === 0 ? 'no peers' : `${countText(peers_that_do)} of ${countText(peers)}`,
            },
            { name: 'Boundary', cell: ({ within_boundary }) => boundaryBadge(within_boundary) },
          ]}
        />
        {actions.more ? <p className="soft">There are more than these.</p> : null}
      </details>
    </Block>
  )
}
