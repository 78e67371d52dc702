import { destinationsIn } from '@straylight/models/event/destination'
import type { Alert } from '@straylight/schemas/alert'
import type { Cause, Finding } from '@straylight/schemas/finding'
import { acceptsEvidence } from './accepts-evidence.ts'

/** Which open alert says of an agent that it looks like another under a new name, by either name. No larger than the alerts. */
export interface RenamedAlerts {
  put(alert: Alert): void
  drop(alert: Alert): void
  /** The alert in which this evidence says nothing that it does not say by itself. */
  of(finding: Finding): Alert | undefined
}

/** What a newcomer begins, where the old name did it as well. */
const begunCauses: ReadonlySet<Cause> = new Set<Cause>(['new_system', 'new_action', 'new_destination'])

export function createRenamedAlerts(get: (id: string) => Alert | undefined): RenamedAlerts {
  const ofNew = new Map<string, string>()
  const ofOld = new Map<string, string>()
  const drop = (alert: Alert): void => {
    if (alert.cause !== 'renamed_agent') return
    for (const [known, agent] of [
      [ofNew, alert.agent],
      [ofOld, alert.target],
    ] as const) {
      const key = JSON.stringify([alert.tenant, agent])
      if (known.get(key) === alert.id) known.delete(key)
    }
  }
  return {
    put: (alert) => {
      if (alert.cause !== 'renamed_agent') return
      if (!isOpenQuestion(alert)) return drop(alert)
      ofNew.set(JSON.stringify([alert.tenant, alert.agent]), alert.id)
      ofOld.set(JSON.stringify([alert.tenant, alert.target]), alert.id)
    },
    drop,
    of: (finding) => {
      const known = finding.cause === 'silent_agent' ? ofOld : ofNew
      const alert = get(known.get(JSON.stringify([finding.tenant, finding.agent])) ?? '')
      if (alert === undefined || !isOpenQuestion(alert) || finding.withdrawn === true) return undefined
      if (!acceptsEvidence(alert, finding.log_time)) return undefined
      if (finding.cause === 'silent_agent') return alert
      if (!begunCauses.has(finding.cause)) return undefined
      return isAllKnown(finding, new Set(alert.renamed_from?.targets)) ? alert : undefined
    },
  }
}

/** Of what a person has spoken, and of what turned out to be no rename, nothing more is counted in: nobody has looked at it. */
const isOpenQuestion = (alert: Alert): boolean =>
  (alert.state !== 'closed' || alert.close_reason === 'quiet') &&
  alert.verdicts.length === 0 &&
  alert.renamed_from?.heard_again === undefined

/** Whether the old name used all of it: a known system is no cover for a strange action or place. */
const isAllKnown = ({ target, system, action, destinations = [] }: Finding, known: ReadonlySet<string>): boolean =>
  known.has(target) &&
  known.has(system) &&
  known.has(`${system}/${action}`) &&
  destinations.flatMap(destinationsIn).every(({ key }) => known.has(key))
