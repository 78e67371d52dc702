import type { CommandDetail } from '@straylight/console/contract/alert-detail'
import type { VerdictAnswers } from '@straylight/console/contract/verdicts'
import { type ReactNode, useState } from 'react'
import { say } from '../api/call-api.ts'
import { Dialog } from './dialog.tsx'
import { TimedText } from './timed-text.tsx'
import { AnswersGiven, ReasonForm } from './verdict-dialog.tsx'

export interface RestoreDialogProps {
  readonly command: CommandDetail
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Takes a command back: the broker is asked to give back what it took. */
export function RestoreDialog({ command, onClose, onDone }: RestoreDialogProps): ReactNode {
  const [answers, setAnswers] = useState<VerdictAnswers['answers']>()
  const send = async (reason: string) => {
    const given = await say('restore', { command_id: command.id, reason })
    setAnswers(given.answers)
    onDone()
  }
  return (
    <Dialog title="Take this command back?" onClose={onClose}>
      {answers === undefined ? (
        <>
          <p>
            <TimedText text={command.sentence} />
          </p>
          <p>
            The broker is asked to restore what this took from <strong>{command.agent}</strong>. The alert stays; answer
            it as well if it was wrong.
          </p>
          <ReasonForm button="Restore" send={send} onClose={onClose} />
        </>
      ) : (
        <AnswersGiven answers={answers} onClose={onClose} />
      )}
    </Dialog>
  )
}
