import type { AlertDetail, Consequence } from '@straylight/console/contract/alert-detail'
import { type ReactNode, useState } from 'react'
import { useShortcuts } from '../../keyboard/shortcuts.tsx'
import { Block } from '../../parts/block.tsx'
import { Facts } from '../../parts/facts.tsx'
import { CommandStateBadge } from '../../parts/states.tsx'
import { TimedText } from '../../parts/timed-text.tsx'
import { VerdictDialog } from '../../parts/verdict-dialog.tsx'

type VerdictAnswer = Exclude<Consequence['answer'], 'restore'>

/** Each answer's button, its key after `v`, and what it says in short. */
const buttons: Readonly<Record<VerdictAnswer, { readonly name: string; readonly key: string }>> = {
  approve: { name: 'Approve the command', key: 'a' },
  reject: { name: 'Reject the command', key: 'r' },
  true: { name: 'Call it true', key: 't' },
  false: { name: 'Call it false', key: 'f' },
  ask: { name: 'Ask for the command again', key: 'n' },
}

const isVerdict = (answer: Consequence['answer']): answer is VerdictAnswer => answer !== 'restore'

/** The answers that a person may give, each with what it would do. */
export function AlertActions({ detail, reload }: { detail: AlertDetail; reload: () => void }): ReactNode {
  const { alert, consequences } = detail
  const [answer, setAnswer] = useState<VerdictAnswer>()
  const offered = consequences.flatMap((one) => (isVerdict(one.answer) ? [{ ...one, answer: one.answer }] : []))
  const possible = offered.filter(({ allowed }) => allowed)
  useShortcuts(
    possible.map((one) => ({
      keys: `v ${buttons[one.answer].key}`,
      what: buttons[one.answer].name,
      run: () => setAnswer(one.answer),
    })),
  )
  const chosen = offered.find((one) => one.answer === answer)
  return (
    <Block title="What do you say?" aside={<CommandStateBadge state={alert.command_state} />}>
      <div className="verdicts no-print">
        {possible.map((one) => (
          <button
            key={one.answer}
            type="button"
            aria-keyshortcuts={`v ${buttons[one.answer].key}`}
            className={one.answer === 'approve' ? 'grave' : undefined}
            onClick={() => setAnswer(one.answer)}
          >
            <strong>{buttons[one.answer].name}</strong>
            <span className="soft">
              <TimedText text={one.sentences.join(' ')} />
            </span>
          </button>
        ))}
      </div>
      {possible.length === offered.length ? null : (
        <details>
          <summary>What you cannot say now, and why</summary>
          <Facts
            of={offered
              .filter(({ allowed }) => !allowed)
              .map((one) => [buttons[one.answer].name, one.why_not ?? 'Not now.'] as const)}
          />
        </details>
      )}
      {chosen === undefined || answer === undefined ? null : (
        <VerdictDialog
          title={`${buttons[answer].name}?`}
          answer={answer}
          sentences={chosen.sentences}
          passkey={chosen.passkey}
          alerts={[
            {
              id: alert.id,
              revision: alert.revision,
              ...(chosen.command_id === null ? {} : { command_id: chosen.command_id }),
            },
          ]}
          onClose={() => setAnswer(undefined)}
          onDone={reload}
        />
      )}
    </Block>
  )
}
