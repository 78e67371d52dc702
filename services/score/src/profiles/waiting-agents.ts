import type { ReadEvent } from '@straylight/events/event-reader'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Correction, SessionCorrection } from '@straylight/schemas/knowledge'
import type { AgentName } from '@straylight/schemas/partition-key'
import type { LoadedKnowledge } from '../judge/loaded-knowledge.ts'
import type { Heartbeat } from '../watchers/silence-watch.ts'

/** Events, corrections and words of one partition that wait, all together; a word has some 500 bytes, an event some 2 kB. */
const waitingMax = 20_000

/** A place in the log that the watch for silent agents has not come to. */
export interface PendingHeartbeat {
  readonly offset: number
  readonly log_time: number
  readonly knowledge: LoadedKnowledge
  /** Absent while the event itself waits. */
  word?: Heartbeat
}

/** Corrections of a marker, as far as they are about one agent. */
export interface CorrectionWork {
  readonly kind: 'corrections'
  readonly offset: number
  readonly knowledge: LoadedKnowledge
  readonly events: readonly Correction[]
  readonly sessions: readonly SessionCorrection[]
}

/** What an agent without its profile has to catch up with, in log order. */
export type WaitingWork =
  | CorrectionWork
  | { readonly kind: 'event'; readonly item: ReadEvent & { kind: 'event' }; readonly pending: PendingHeartbeat }

const offsetOf = (work: WaitingWork): number => (work.kind === 'event' ? work.item.offset : work.offset)

/**
 * Agents of a partition whose stored profile could not be had: each waits alone, the others go on. Only the watch for silent agents
 * stands still as well, since what it finds depends on who spoke before whom: it goes on, in log order, when the first has come.
 */
export class WaitingAgents {
  private readonly agents = new Map<string, AgentName & { readonly work: WaitingWork[] }>()
  private readonly words: PendingHeartbeat[] = []
  private works = 0

  /** There is no room for more: whoever has no profile now holds its partition up. */
  get full(): boolean {
    return this.works + this.words.length >= waitingMax
  }

  has(of: AgentName): boolean {
    return this.agents.size > 0 && this.agents.has(agentKeyOf(of))
  }

  names(): AgentName[] {
    return [...this.agents.values()].map(({ tenant, agent }) => ({ tenant, agent }))
  }

  /** Offset of the first record that waits: nothing from there on is done. */
  first(): number | undefined {
    let first: number | undefined
    for (const {
      work: [next],
    } of this.agents.values()) {
      if (next !== undefined && offsetOf(next) < (first ?? Number.POSITIVE_INFINITY)) first = offsetOf(next)
    }
    return first
  }

  /** From now on everything about the agent waits. */
  expect({ tenant, agent }: AgentName): void {
    this.agents.set(agentKeyOf({ tenant, agent }), { tenant, agent, work: [] })
  }

  /** Takes work of an agent that is expected. */
  add(of: AgentName, work: WaitingWork): void {
    this.agents.get(agentKeyOf(of))?.work.push(work)
    this.works++
    if (work.kind === 'event') this.words.push(work.pending)
  }

  /** Lets an agent go, with what it has to catch up with. */
  release(of: AgentName): readonly WaitingWork[] {
    const key = agentKeyOf(of)
    const work = this.agents.get(key)?.work ?? []
    this.agents.delete(key)
    this.works -= work.length
    return work
  }

  /** Whether words have to stand in line. */
  get holdsHeartbeats(): boolean {
    return this.words.length > 0
  }

  lineUp(pending: PendingHeartbeat): void {
    this.words.push(pending)
  }

  /** Words that can be heard now, in log order. */
  heartbeats(): (PendingHeartbeat & { word: Heartbeat })[] {
    const end = this.words.findIndex(({ word }) => word === undefined)
    return this.words.splice(0, end === -1 ? this.words.length : end) as (PendingHeartbeat & { word: Heartbeat })[]
  }
}
