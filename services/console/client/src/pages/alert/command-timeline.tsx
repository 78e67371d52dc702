import type { AlertDetail, CommandDetail } from '@straylight/console/contract/alert-detail'
import { type ReactNode, useState } from 'react'
import { useShortcuts } from '../../keyboard/shortcuts.tsx'
import { Block } from '../../parts/block.tsx'
import { CommandSteps } from '../../parts/command-steps.tsx'
import { RestoreDialog } from '../../parts/restore-dialog.tsx'
import { verdictText } from '../../parts/states.tsx'
import { When } from '../../parts/when.tsx'

/** What was done, with times, and the way back. */
export function CommandTimeline({ detail, reload }: { detail: AlertDetail; reload: () => void }): ReactNode {
  const { commands, verdicts } = detail
  const [undone, setUndone] = useState<CommandDetail>()
  const undoable = commands.find(({ can_restore }) => can_restore)
  useShortcuts(
    undoable === undefined
      ? []
      : [{ keys: 'v u', what: 'Undo: restore what the command took', run: () => setUndone(undoable) }],
  )
  return (
    <Block title="What was done">
      {commands.length === 0 && verdicts.length === 0 ? <p>Nothing yet but the alert.</p> : null}
      {commands.map((command) => (
        <div key={command.id} className="stack">
          <p>
            {command.mode === 'dry_run' ? 'A dry run, obeyed by nobody. ' : ''}
            {command.sentence}
          </p>
          <CommandSteps
            command={command}
            restoredAt={commands.find(({ id }) => id === command.restored_by)?.answered_at ?? null}
          />
          {command.can_restore ? (
            <div className="row no-print">
              <button type="button" aria-keyshortcuts="v u" onClick={() => setUndone(command)}>
                Undo: restore what it took
              </button>
            </div>
          ) : null}
        </div>
      ))}
      {verdicts.length === 0 ? null : (
        <>
          <h3>Answers</h3>
          <ul className="plain-list">
            {verdicts.map((one) => (
              <li key={one.id}>
                {verdictText(one.answer)} by <strong>{one.issuer}</strong> <When ms={one.time} ago />: {one.reason}
              </li>
            ))}
          </ul>
        </>
      )}
      {undone === undefined ? null : (
        <RestoreDialog command={undone} onClose={() => setUndone(undefined)} onDone={reload} />
      )}
    </Block>
  )
}
