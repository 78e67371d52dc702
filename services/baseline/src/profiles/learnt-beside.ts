import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Correction } from '@straylight/schemas/knowledge'
import type { LearntEvent } from './import-history.ts'

/** Events of an import that go into the profiles of a running deployment, the newest ones of each agent; each stands in the version. */
export const learntBesideMax = 20_000

interface Kept {
  readonly learnt: LearntEvent
  /** Its place in the import. */
  readonly place: number
}

/**
 * History for profiles that live already: they take it at the version's marker, as they take what is released from quarantine, so
 * that every instance learns the same at the same place of the log. Older events count for peers and tenant alone. Where there are too
 * many, those who have most give way: no agent's history takes the place of another's.
 */
export class LearntBeside {
  private readonly agents = new Map<string, Kept[]>()
  private kept = 0
  private readonly max: number
  seen = 0

  constructor(max = learntBesideMax) {
    this.max = max
  }

  add(learnt: LearntEvent): void {
    const key = agentKeyOf(learnt.event)
    const own = this.agents.get(key)
    const kept = { learnt, place: this.seen++ }
    if (own === undefined) this.agents.set(key, [kept])
    else own.push(kept)
    if (++this.kept >= 2 * this.max) this.share()
  }

  corrections(): Correction[] {
    this.share()
    const newest = [...this.agents.values()].flat().sort((one, other) => one.place - other.place)
    return newest.slice(-this.max).map(({ learnt }) => correctionOf(learnt))
  }

  /** Leaves of each agent its newest events, as many for each as fit; with more agents than places, of those heard last. */
  private share(): void {
    if (this.kept <= this.max) return
    const each = Math.max(
      1,
      fairShare(
        [...this.agents.values()].map(({ length }) => length),
        this.max,
      ),
    )
    for (const [key, own] of this.agents) if (own.length > each) this.agents.set(key, own.slice(-each))
    this.kept = [...this.agents.values()].reduce((sum, { length }) => sum + length, 0)
    if (this.kept <= this.max) return
    const last = [...this.agents].sort(([, [one]], [, [other]]) => (one?.place ?? 0) - (other?.place ?? 0))
    for (const [key] of last.slice(0, this.kept - this.max)) this.agents.delete(key)
    this.kept = this.max
  }
}

/** The most that each may have so that all fit: who has less leaves the rest to the others. */
function fairShare(lengths: readonly number[], max: number): number {
  let left = max
  const rising = [...lengths].sort((one, other) => one - other)
  for (const [at, length] of rising.entries()) {
    const each = Math.floor(left / (rising.length - at))
    if (length > each) return each
    left -= length
  }
  return max
}

function correctionOf({ event, order }: LearntEvent): Correction {
  const { previous_step, previous_step_2, session_bytes_sent, session_bytes_received, root, late } = order
  const steps = { previous_step, previous_step_2, session_bytes_sent, session_bytes_received, root, late }
  const lists = {
    flows: order.flows === null ? null : [...order.flows],
    closed: [...order.closed],
    passed: [...order.passed],
  }
  return { tenant: event.tenant, agent: event.agent, sign: 1 as const, event, ...steps, ...lists, why: 'imported' }
}
