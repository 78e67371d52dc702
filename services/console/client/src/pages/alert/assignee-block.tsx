import type { AlertRow } from '@straylight/console/contract/alert-row'
import { type ReactNode, useId, useState } from 'react'
import { type ApiFault, faultOf, say } from '../../api/call-api.ts'
import { FaultNote, Shown, useLoaded } from '../../api/use-loaded.tsx'
import { useShortcuts } from '../../keyboard/shortcuts.tsx'
import { Block } from '../../parts/block.tsx'
import { When } from '../../parts/when.tsx'

/** Who works on the alert, and a way to change that for whoever may answer alerts. */
export function AssigneeBlock({ alert, reload }: { alert: AlertRow; reload: () => void }): ReactNode {
  const who = useLoaded('whoAmI', {})
  const { assignee } = alert
  return (
    <Block title="Who works on it?">
      <p>
        {assignee === null ? (
          'Nobody yet.'
        ) : (
          <>
            <strong>{assignee.name}</strong>
            <span className="soft">
              , {assignee.by === assignee.name ? 'since' : `given by ${assignee.by}`} <When ms={assignee.time} ago />
            </span>
          </>
        )}
      </p>
      <Shown of={who}>
        {({ signed_in }) =>
          signed_in === null || signed_in.role === 'viewer' ? null : (
            <GiveAlert alert={alert} user={signed_in.user} reload={reload} />
          )
        }
      </Shown>
    </Block>
  )
}

function GiveAlert({ alert, user, reload }: { alert: AlertRow; user: string; reload: () => void }): ReactNode {
  const [fault, setFault] = useState<ApiFault>()
  const was = alert.assignee?.name ?? null
  const give = (assignee: string | null) => {
    setFault(undefined)
    say('assign', { alert_id: alert.id, assignee, was }).then(reload, (error: unknown) => {
      setFault(faultOf(error))
      reload()
    })
  }
  useShortcuts(was === user ? [] : [{ keys: 'm', what: 'Take the alert', run: () => give(user) }])
  return (
    <div className="stack no-print">
      {fault === undefined ? null : <FaultNote fault={fault} />}
      <div className="row">
        {was === user ? null : (
          <button type="button" aria-keyshortcuts="m" onClick={() => give(user)}>
            Take it
          </button>
        )}
        {was === null ? null : (
          <button type="button" onClick={() => give(null)}>
            Give it back to all
          </button>
        )}
      </div>
      <details>
        <summary>Give it to somebody else</summary>
        <GiveTo alert={alert} except={was} give={give} />
      </details>
    </div>
  )
}

function GiveTo({
  alert,
  except,
  give,
}: {
  alert: AlertRow
  except: string | null
  give: (assignee: string) => void
}): ReactNode {
  const people = useLoaded('assignees', { alert: alert.id })
  const id = useId()
  return (
    <Shown of={people}>
      {({ names }) => (
        <div className="row">
          <label htmlFor={id}>To</label>
          <select id={id} value="" onChange={(event) => event.target.value !== '' && give(event.target.value)}>
            <option value="">Choose…</option>
            {names
              .filter((name) => name !== except)
              .map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
          </select>
        </div>
      )}
    </Shown>
  )
}
