import type { Approvals } from '@straylight/console/contract/approvals'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { AlertLink } from '../parts/alert-link.tsx'
import { SeverityBadge } from '../parts/badge.tsx'
import { Block } from '../parts/block.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { AgentLink, alertAddress } from '../parts/names.tsx'
import { CommandStateBadge } from '../parts/states.tsx'
import { useTitle } from '../parts/use-title.ts'
import { VerdictDialog } from '../parts/verdict-dialog.tsx'
import { When } from '../parts/when.tsx'
import { YourPasskey } from './approvals/your-passkey.tsx'

type Waiting = Approvals['waiting']['items'][number]
type ApprovalAnswer = 'approve' | 'reject'

/** Commands that wait for a person, the nearest deadline first. */
export function ApprovalsPage(): ReactNode {
  const loaded = useLoaded('approvals', {})
  useTitle('Approvals')
  return (
    <div className="page">
      <h1>Approvals</h1>
      <Shown of={loaded}>
        {({ waiting, decided }) => (
          <>
            {waiting.items.every(isApproved) ? <p className="note good">No command waits for a person.</p> : null}
            {waiting.items.map((one) => (
              <WaitingCommand key={one.command.id} one={one} reload={loaded.follow} />
            ))}
            <Block title="Decided lately">
              <DataTable
                caption="Commands that were decided lately"
                rows={decided.items}
                keyOf={({ command }) => command.id}
                none="None was."
                columns={[
                  {
                    name: 'Command',
                    heads: true,
                    cell: ({ alert, command }) => <Link href={alertAddress(alert.id)}>{command.sentence}</Link>,
                  },
                  { name: 'State', cell: ({ command }) => <CommandStateBadge state={command.state} /> },
                  { name: 'By', cell: ({ command }) => decidedBy(command) },
                  { name: 'Proposed', cell: ({ command }) => <When ms={command.proposed_at} ago /> },
                ]}
              />
            </Block>
          </>
        )}
      </Shown>
      <YourPasskey />
    </div>
  )
}

/** A command that lapsed before it was sent was decided by nobody. */
function decidedBy({ approved_by, state, sent_at }: Waiting['command']): string {
  if (approved_by !== null) return approved_by
  return state === 'expired' && sent_at === null ? 'nobody answered in time' : 'the policy'
}

const isApproved = ({ command }: Waiting): boolean => command.state === 'approved'

function WaitingCommand({ one, reload }: { one: Waiting; reload: () => void }): ReactNode {
  const { alert, command, consequences } = one
  const [answer, setAnswer] = useState<ApprovalAnswer>()
  const of = (wanted: ApprovalAnswer) => consequences.find((consequence) => consequence.answer === wanted)
  const offered: readonly ApprovalAnswer[] = isApproved(one) ? ['reject'] : ['approve', 'reject']
  return (
    <Block title={command.sentence} aside={<SeverityBadge severity={alert.severity} />}>
      <p>
        <AlertLink alert={alert} />
      </p>
      <Facts
        of={[
          ['Agent', <AgentLink key="agent" tenant={alert.tenant} agent={alert.agent} />],
          [
            'Answer',
            isApproved(one) || command.approval_deadline === null ? undefined : (
              <When key="by" ms={command.approval_deadline} ago />
            ),
          ],
          [
            'Stands',
            isApproved(one) ? `approved by ${command.approved_by ?? 'a person'}, waits for a free place` : undefined,
          ],
          ['Proposed', <When key="at" ms={command.proposed_at} seconds />],
          ['Fingerprint', <code key="digest">{command.digest}</code>],
        ]}
      />
      <div className="columns no-print">
        {offered.map((wanted) => (
          <div key={wanted} className="verdicts">
            <button
              type="button"
              className={wanted === 'approve' ? 'grave' : undefined}
              disabled={of(wanted)?.allowed !== true}
              onClick={() => setAnswer(wanted)}
            >
              <strong>{wanted === 'approve' ? 'Approve' : 'Reject'}</strong>
              <span className="soft">{of(wanted)?.why_not ?? of(wanted)?.sentences.join(' ')}</span>
            </button>
          </div>
        ))}
      </div>
      {answer === undefined ? null : (
        <VerdictDialog
          title={answer === 'approve' ? 'Approve this command?' : 'Reject this command?'}
          answer={answer}
          sentences={[command.sentence, ...(of(answer)?.sentences ?? [])]}
          passkey={of(answer)?.passkey ?? null}
          alerts={[{ id: alert.id, revision: alert.revision, command_id: command.id }]}
          onClose={() => {
            setAnswer(undefined)
            reload()
          }}
          onDone={() => undefined}
        />
      )}
    </Block>
  )
}
