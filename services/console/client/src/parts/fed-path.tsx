import type { TraceEvent } from '@straylight/console/contract/trace-event'
import type { ReactNode } from 'react'

/** Which output fed which argument: a path of steps that ends at each event of a finding. */
export function FedPath({ events, of }: { events: readonly TraceEvent[]; of: readonly string[] }): ReactNode {
  const byId = new Map(events.map((event) => [event.event_id, event]))
  const paths = of.flatMap((id) => {
    const event = byId.get(id)
    return event !== undefined && event.fed_by.length > 0 ? [{ event, fed: event.fed_by }] : []
  })
  if (paths.length === 0) return null
  return (
    <div className="stack">
      <h3>Where the arguments came from</h3>
      {paths.map(({ event, fed }) => (
        <div key={event.event_id} className="stack">
          {fed.map(({ event_id, argument }) => (
            <p key={`${event_id} ${argument ?? ''}`} className="path">
              <span className="step">the output of {stepText(byId.get(event_id), event_id)}</span>
              <span aria-hidden="true">→</span>
              <span className="unseen">went into</span>
              <span className="step now">
                {argument === null ? 'an argument' : `the argument ${argument}`} of {stepText(event, event.event_id)}
              </span>
            </p>
          ))}
        </div>
      ))}
    </div>
  )
}

const stepText = (event: TraceEvent | undefined, id: string) =>
  event === undefined ? `event ${id}` : `${event.system} / ${event.action}`
