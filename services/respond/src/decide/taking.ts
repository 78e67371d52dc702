import type { SetAsides } from '@straylight/runtime/set-aside/set-asides'
import type { TurnContext } from '../alert/apply-change.ts'
import type { RespondCounts } from '../respond-counts.ts'
import type { RespondOptions } from '../respond-options.ts'
import type { PopulationIndex } from './agent-population.ts'
import type { DecisionContext } from './apply-finding.ts'

/** What the taking of one record works with. */
export interface Taking {
  readonly options: RespondOptions
  readonly context: TurnContext
  readonly counts: RespondCounts
  readonly population: PopulationIndex
  readonly asides: SetAsides
}

/** The part of it that a decision may look at. */
export function surroundingsOf({ options, context }: Pick<Taking, 'options' | 'context'>): DecisionContext {
  const { policy, issuer, health: unwell, now } = options
  const { alertIndex, breakers, sent } = context.memory
  return {
    ...{ alertIndex, policy, issuer, breakers, unwell, now },
    alreadySent: (id) => sent.get(id)?.command,
    sentFor: (alertId) =>
      [...sent.values()].map(({ command }) => command).filter(({ evidence }) => evidence.alert_id === alertId),
  }
}
