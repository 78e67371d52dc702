import type { Correction } from '@straylight/schemas/knowledge'
import type { LearntEvent } from './import-history.ts'

/** Events of an import that go into the profiles of a running deployment, the newest ones; each stands in the version. */
export const learntBesideMax = 20_000

/**
 * History for profiles that live already: they take it at the version's marker, as they take what is released from quarantine, so
 * that every instance learns the same at the same place of the log. Older events count for peers and tenant alone.
 */
export class LearntBeside {
  private events: LearntEvent[] = []
  seen = 0

  add(learnt: LearntEvent): void {
    this.seen++
    this.events.push(learnt)
    if (this.events.length >= 2 * learntBesideMax) this.events = this.events.slice(-learntBesideMax)
  }

  corrections(): Correction[] {
    return this.events.slice(-learntBesideMax).map(({ event, order }) => {
      const { previous_step, previous_step_2, session_bytes_sent, session_bytes_received, root, late } = order
      const steps = { previous_step, previous_step_2, session_bytes_sent, session_bytes_received, root, late }
      const lists = {
        flows: order.flows === null ? null : [...order.flows],
        closed: [...order.closed],
        passed: [...order.passed],
      }
      return { tenant: event.tenant, agent: event.agent, sign: 1 as const, event, ...steps, ...lists, why: 'imported' }
    })
  }
}
