import type { PasskeyAsked } from '@straylight/console/contract/passkeys'
import type { VerdictAnswers, VerdictsBody } from '@straylight/console/contract/verdicts'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { type ApiFault, faultOf, say } from '../api/call-api.ts'
import { signWithPasskey } from '../api/passkey.ts'
import { FaultNote } from '../api/use-loaded.tsx'
import { Dialog } from './dialog.tsx'
import { TimedText } from './timed-text.tsx'

export interface VerdictDialogProps {
  readonly title: string
  readonly answer: VerdictsBody['answer']
  readonly sentences: readonly string[]
  readonly alerts: VerdictsBody['alerts']
  /** What the answer must be signed with, beside the user's key; of one alert. */
  readonly passkey?: PasskeyAsked | null
  readonly onClose: () => void
  /** Called once the answers are in, before the dialog is closed. */
  readonly onDone: () => void
}

const buttonTexts: Readonly<Record<VerdictsBody['answer'], string>> = {
  approve: 'Approve',
  reject: 'Reject',
  true: 'Call it true',
  false: 'Call it false',
  ask: 'Ask again',
}

/** Says what an answer would do, asks for the reason, gives the answer and says what became of it. */
export function VerdictDialog(props: VerdictDialogProps): ReactNode {
  const { title, answer, sentences, alerts, passkey = null, onClose, onDone } = props
  const [answers, setAnswers] = useState<VerdictAnswers['answers']>()
  const send = async (reason: string, days: number | undefined) => {
    const quiet = days === undefined ? {} : { suppress_days: days }
    const proof = passkey === null ? {} : { passkey: await signWithPasskey(passkey) }
    const given = await say('verdicts', {
      alerts: alerts.map((one) => ({ ...one, ...proof })),
      answer,
      reason,
      ...quiet,
    })
    setAnswers(given.answers)
    onDone()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {answers === undefined ? (
        <>
          <ul className="sentences">
            {sentences.map((sentence) => (
              <li key={sentence}>
                <TimedText text={sentence} />
              </li>
            ))}
          </ul>
          <ReasonForm
            button={passkey === null ? buttonTexts[answer] : `${buttonTexts[answer]} with your passkey`}
            grave={answer === 'approve'}
            asksDays={answer === 'false'}
            send={send}
            onClose={onClose}
          />
        </>
      ) : (
        <AnswersGiven answers={answers} onClose={onClose} />
      )}
    </Dialog>
  )
}

export interface ReasonFormProps {
  readonly button: string
  readonly grave?: boolean
  readonly asksDays?: boolean
  readonly send: (reason: string, days: number | undefined) => Promise<void>
  readonly onClose: () => void
}

/** Asks why; an answer without a reason helps nobody later. */
export function ReasonForm({ button, grave = false, asksDays = false, send, onClose }: ReasonFormProps): ReactNode {
  const [reason, setReason] = useState('')
  const [days, setDays] = useState('')
  const [fault, setFault] = useState<ApiFault>()
  const [sending, setSending] = useState(false)
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setSending(true)
    setFault(undefined)
    send(reason.trim(), days === '' ? undefined : Number(days))
      .catch((error: unknown) => {
        setFault(faultOf(error))
      })
      .finally(() => setSending(false))
  }
  return (
    <form className="stack" onSubmit={submit}>
      <label htmlFor={`${id}reason`}>Reason</label>
      <textarea
        id={`${id}reason`}
        required
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        aria-describedby={`${id}hint`}
      />
      <p id={`${id}hint`} className="soft">
        It is signed with your name and shown at the next alert like this one.
      </p>
      {asksDays ? (
        <label className="beside">
          Keep the like quiet for
          <select value={days} onChange={(event) => setDays(event.target.value)}>
            <option value="">as long as the policy says</option>
            <option value="0">no time: it is learnt, and nothing is kept quiet</option>
            <option value="7">7 days</option>
            <option value="30">30 days</option>
            <option value="90">90 days</option>
          </select>
        </label>
      ) : null}
      {fault === undefined ? null : <FaultNote fault={fault} />}
      <div className="row">
        <button type="submit" className={grave ? 'grave' : 'first'} disabled={sending || reason.trim() === ''}>
          {sending ? 'Waits for the effect…' : button}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  )
}

/** What became of each answer. */
export function AnswersGiven({
  answers,
  onClose,
}: {
  answers: VerdictAnswers['answers']
  onClose: () => void
}): ReactNode {
  return (
    <div className="stack">
      <ul className="plain-list" role="status">
        {answers.map((one) => (
          <li key={one.alert_id} className={`note ${one.accepted === true ? 'good' : 'warn'}`}>
            {answers.length > 1 ? <code>{one.alert_id}: </code> : null}
            <TimedText text={one.message} />
          </li>
        ))}
      </ul>
      <div className="row">
        <button type="button" className="first" onClick={onClose} data-first-focus>
          Close
        </button>
      </div>
    </div>
  )
}
