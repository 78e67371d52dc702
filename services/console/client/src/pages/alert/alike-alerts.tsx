import type { AlertDetail } from '@straylight/console/contract/alert-detail'
import type { ReactNode } from 'react'
import { AlertLink } from '../../parts/alert-link.tsx'
import { SeverityBadge } from '../../parts/badge.tsx'
import { Block } from '../../parts/block.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { verdictText } from '../../parts/states.tsx'
import { When } from '../../parts/when.tsx'

/** Earlier alerts like this one, and what people said of them. */
export function AlikeAlerts({ detail }: { detail: AlertDetail }): ReactNode {
  const { alike } = detail
  return (
    <Block title="Earlier alerts like this one">
      <DataTable
        caption="Earlier alerts of the same agent and cause, and of other agents on the same target"
        rows={alike.items}
        keyOf={({ alert }) => alert.id}
        none="There are none: this is the first."
        columns={[
          { name: 'When', cell: ({ alert }) => <When ms={alert.last_seen} ago /> },
          { name: 'Severity', cell: ({ alert }) => <SeverityBadge severity={alert.severity} /> },
          {
            name: 'Alert',
            heads: true,
            cell: ({ alert }) => <AlertLink alert={alert} />,
          },
          { name: 'Alike in', cell: ({ why }) => (why === 'same_agent' ? 'agent and cause' : 'target') },
          {
            name: 'Verdicts',
            cell: ({ verdicts }) =>
              verdicts.length === 0
                ? 'nobody answered'
                : verdicts.map(({ id, answer, issuer, reason }) => (
                    <div key={id}>
                      {verdictText(answer)} by {issuer}: {reason}
                    </div>
                  )),
          },
        ]}
      />
      {alike.more ? <p className="soft">There are more: search the alerts for this agent and cause.</p> : null}
    </Block>
  )
}
