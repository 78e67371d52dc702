import type { AlertRow } from '@straylight/console/contract/alert-row'
import { type ReactNode, useState } from 'react'
import { useShortcuts } from '../../keyboard/shortcuts.tsx'
import { countOf } from '../../parts/quantity.ts'
import { VerdictDialog } from '../../parts/verdict-dialog.tsx'

export interface BulkVerdictsProps {
  readonly rows: readonly AlertRow[]
  readonly clear: () => void
  readonly onDone: () => void
}

type BulkAnswer = 'true' | 'false' | 'reject'

const sentences: Readonly<Record<BulkAnswer, readonly string[]>> = {
  true: [
    'Each of these alerts is closed as true.',
    'What was quarantined with it is never learnt, and what is alike goes on alerting.',
  ],
  false: [
    'Each of these alerts is closed as false.',
    'Its events are learnt, and the like of it is kept quiet for as long as you say.',
  ],
  reject: ['The waiting command of each of these alerts is rejected: nothing is revoked.'],
}

/** One answer to several alerts. Approvals are given one at a time: each releases a command. */
export function BulkVerdicts({ rows, clear, onDone }: BulkVerdictsProps): ReactNode {
  // What is answered stays as it was chosen, while the queue behind the dialog moves on.
  const [asked, setAsked] = useState<{ readonly answer: BulkAnswer; readonly rows: readonly AlertRow[] }>()
  const setAnswer = (answer: BulkAnswer) => setAsked({ answer, rows })
  const some = rows.length > 0
  useShortcuts(
    some
      ? [
          { keys: 'v t', what: 'Call the chosen alerts true', run: () => setAnswer('true') },
          { keys: 'v f', what: 'Call the chosen alerts false', run: () => setAnswer('false') },
        ]
      : [],
  )
  if (!some && asked === undefined) return null
  const allWait = some && rows.every(({ state, command_id }) => state === 'awaiting_approval' && command_id !== null)
  return (
    <div className="row no-print">
      <span>{countOf(rows.length, 'alert')} chosen</span>
      <button type="button" onClick={() => setAnswer('true')}>
        Call them true
      </button>
      <button type="button" onClick={() => setAnswer('false')}>
        Call them false
      </button>
      {allWait ? (
        <button type="button" onClick={() => setAnswer('reject')}>
          Reject their commands
        </button>
      ) : null}
      <button type="button" className="link" onClick={clear}>
        Choose none
      </button>
      {asked === undefined ? null : (
        <VerdictDialog
          title={`Answer ${countOf(asked.rows.length, 'alert')} at once?`}
          answer={asked.answer}
          sentences={[...sentences[asked.answer], ...agentsSentence(asked.rows)]}
          alerts={asked.rows.map(({ id, revision, command_id }) => ({
            id,
            revision,
            ...(asked.answer === 'reject' && command_id !== null ? { command_id } : {}),
          }))}
          onClose={() => {
            setAsked(undefined)
            clear()
          }}
          onDone={onDone}
        />
      )}
    </div>
  )
}

const namedMost = 6

function agentsSentence(rows: readonly AlertRow[]): string[] {
  const agents = [...new Set(rows.map(({ agent }) => agent))]
  const more = agents.length - namedMost
  return [`Agents: ${agents.slice(0, namedMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`]
}
