import type { RouteAnswer } from '@straylight/console/contract/routes'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { type ApiFault, faultOf, say } from '../../api/call-api.ts'
import { FaultNote, useLoaded } from '../../api/use-loaded.tsx'
import { Block } from '../../parts/block.tsx'
import { TrialResult } from './trial-result.tsx'

/** As `triedWeeksMax` of the contract. */
const weeksToChoose = [1, 2, 4, 8]

/** A proposed policy, replayed over the findings of the last weeks. Nothing is applied. */
export function TrialBlock({ text: inForce }: { text: string }): ReactNode {
  const who = useLoaded('whoAmI', {})
  const role = who.value?.signed_in?.role
  if (role === undefined) return null
  return (
    <Block title="Try a change before it holds">
      {role === 'viewer' ? (
        <p>Whoever has the role analyst can replay a proposed policy over the last weeks here.</p>
      ) : (
        <TrialForm inForce={inForce} />
      )}
    </Block>
  )
}

function TrialForm({ inForce }: { inForce: string }): ReactNode {
  const [text, setText] = useState(inForce)
  const [weeks, setWeeks] = useState(2)
  const [isAsking, setAsking] = useState(false)
  const [trial, setTrial] = useState<RouteAnswer<'tryPolicy'>>()
  const [fault, setFault] = useState<ApiFault>()
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsking(true)
    setFault(undefined)
    say('tryPolicy', { policy: text, weeks })
      .then(setTrial, (error: unknown) => {
        setTrial(undefined)
        setFault(faultOf(error))
      })
      .finally(() => setAsking(false))
  }
  const isWrong = trial !== undefined && trial.faults.length > 0
  return (
    <>
      <form className="stack no-print" onSubmit={submit}>
        <label htmlFor={`${id}text`}>Proposed policy, as YAML or JSON</label>
        <p id={`${id}hint`} className="soft">
          It starts as the policy in force, without webhooks and issuers, which decide nothing. What is found is decided
          again under it, and nothing is applied, sent or kept.
        </p>
        <textarea
          id={`${id}text`}
          className="code"
          rows={14}
          spellCheck={false}
          value={text}
          aria-describedby={isWrong ? `${id}hint ${id}faults` : `${id}hint`}
          aria-invalid={isWrong}
          onChange={(event) => setText(event.target.value)}
        />
        <div className="row">
          <label>
            Over the last{' '}
            <select value={weeks} onChange={(event) => setWeeks(Number(event.target.value))}>
              {weeksToChoose.map((number) => (
                <option key={number} value={number}>
                  {number === 1 ? 'week' : `${number} weeks`}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" className="first" disabled={isAsking}>
            {isAsking ? 'Replaying…' : 'Replay'}
          </button>
          <button type="button" onClick={() => setText(inForce)}>
            Back to the policy in force
          </button>
        </div>
      </form>
      {fault === undefined ? null : <FaultNote fault={fault} />}
      {isWrong ? <PolicyFaults id={`${id}faults`} faults={trial.faults} /> : null}
      <div role="status">{trial === undefined || isWrong ? null : <p className="lead">{trial.sentence}</p>}</div>
      {trial === undefined || isWrong ? null : <TrialResult trial={trial} />}
    </>
  )
}

function PolicyFaults({ id, faults }: { id: string; faults: RouteAnswer<'tryPolicy'>['faults'] }): ReactNode {
  return (
    <div className="note grave" role="alert" id={id}>
      <p>The policy can't be used, so nothing was replayed:</p>
      <ul className="sentences">
        {faults.map(({ line, message }) => (
          <li key={`${line} ${message}`}>
            {line === null ? '' : `Line ${line}: `}
            {message}
          </li>
        ))}
      </ul>
    </div>
  )
}
