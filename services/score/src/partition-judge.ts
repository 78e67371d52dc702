import { sessionKeyOf } from '@straylight/models/agent-clock'
import { dayOf, dayWeight } from '@straylight/models/day-weight'
import { eventShape } from '@straylight/models/event-shape'
import { findingOf, type LogPlace } from '@straylight/models/finding-of'
import { conclude, type Judgement, type Observed, observe } from '@straylight/models/judge'
import { agentKeyOf } from '@straylight/models/learn-history'
import { addMaximum } from '@straylight/models/profile'
import { hashedKeys } from '@straylight/models/profile-key'
import { removeMaximum } from '@straylight/models/remove-maximum'
import type { ReadEvent } from '@straylight/runtime/event-reader'
import { partitionOf } from '@straylight/runtime/key-partition'
import type { Finding } from '@straylight/schemas/finding'
import type { Correction, SessionCorrection } from '@straylight/schemas/knowledge'
import { topics } from '@straylight/schemas/topics'
import type { KnowledgeShelf, LoadedKnowledge } from './loaded-knowledge.ts'
import type { ProfileShelf } from './profile-shelf.ts'
import { type Silence, SilenceWatch, silenceFinding } from './silence-watch.ts'

/** What a batch came to: judgements in log order, and the findings among them. */
export interface JudgedBatch {
  readonly judgements: readonly Judgement[]
  readonly findings: readonly Finding[]
}

/** An event observed at its place, with the silence that it showed. */
interface Observation {
  readonly observed: Observed
  readonly place: LogPlace
  readonly changed_repeat: boolean
  readonly silence: Silence | undefined
}

/** A finding is made of what this many times the alert budget of ordinary sessions reach: respond decides, people can ask. */
const findingsPerAlert = 10
/** Never above this share, or ordinary life fills the topic. */
const findingShareMax = 0.05

/**
 * Judges one partition of `agent.events.v1` in its order. The knowledge in force is what the last marker named;
 * before the first marker it is version 1.
 */
export class PartitionJudge {
  private readonly partition: number
  private readonly partitions: number
  private readonly profiles: ProfileShelf
  private readonly shelf: KnowledgeShelf
  private silences = new SilenceWatch()
  private knowledge: LoadedKnowledge | undefined

  constructor(input: { partition: number; partitions: number; profiles: ProfileShelf; shelf: KnowledgeShelf }) {
    this.partition = input.partition
    this.partitions = input.partitions
    this.profiles = input.profiles
    this.shelf = input.shelf
  }

  get version(): number {
    return this.knowledge?.version ?? 0
  }

  /** Knowledge in force where reading begins, and the agents waited for there. */
  async startAt(version: number, silences: string): Promise<void> {
    this.knowledge = version === 0 ? undefined : await this.shelf.take(version)
    this.silences = SilenceWatch.fromState(silences)
  }

  /** Whom the watch for silent agents waits for, for the checkpoint. */
  silenceState(): string {
    return this.silences.toState()
  }

  async judge(items: readonly ReadEvent[]): Promise<JudgedBatch> {
    await this.profiles.load(
      items.flatMap((item) => (item.kind === 'event' ? [item.event] : [])),
      this.partition,
    )
    const judgements: Judgement[] = []
    const findings: Finding[] = []
    let observations: Observation[] = []
    const concludeAll = () => {
      for (const [at, judgement] of conclude(observations.map(({ observed }) => observed)).entries()) {
        judgements.push(judgement)
        findings.push(...this.findingsOf(judgement, observations[at] as Observation))
      }
      observations = []
    }
    for (const item of items) {
      if (item.kind === 'marker') {
        // Corrections of session maxima must find the events before the marker concluded, however the log was cut.
        concludeAll()
        await this.switchTo(item.version, item.offset)
      } else {
        const observation = await this.observeOne(item)
        if (observation) observations.push(observation)
      }
    }
    concludeAll()
    return { judgements, findings }
  }

  private async observeOne(item: ReadEvent & { kind: 'event' }) {
    const { event, offset, log_time, changed_repeat } = item
    this.knowledge ??= await this.shelf.take(1)
    const held = this.profiles.take(event.tenant, event.agent, this.partition)
    // Only while re-reading: a profile written by a later, half-done checkpoint holds this event already.
    if (offset <= held.as_of_offset) {
      // The watch is as of the checkpoint and has not: what it learns of the agent's last such event is what it knew then.
      const session = held.profile.clock.sessions.get(sessionKeyOf(event))?.session ?? event.session ?? ''
      this.silences.take(event, session, held.profile)
      return undefined
    }
    const place = { topic: topics.events.name, partition: this.partition, offset, log_time }
    const observed = observe(event, held.profile, this.knowledge)
    held.as_of_offset = offset
    held.changed = true
    const silence = this.silences.take(event, observed.session.session, held.profile)
    return { observed, place, changed_repeat, silence }
  }

  /** Switches knowledge on and applies its corrections to this partition's agents, loaded for it where need be. */
  private async switchTo(version: number, offset: number): Promise<void> {
    this.knowledge = await this.shelf.take(version)
    const isMine = (of: { tenant: string; agent: string }) =>
      partitionOf(agentKeyOf(of), this.partitions) === this.partition
    const events = this.knowledge.corrections.filter(isMine)
    const sessions = this.knowledge.sessionCorrections.filter(isMine)
    await this.profiles.load([...events, ...sessions], this.partition)
    // Decided before the first one is applied: an agent may have several, and all of them stand at this one offset.
    const isDue = ({ tenant, agent }: { tenant: string; agent: string }) =>
      offset > this.profiles.take(tenant, agent, this.partition).as_of_offset
    const due = { events: events.filter(isDue), sessions: sessions.filter(isDue) }
    for (const correction of due.events) this.correct(correction, offset)
    for (const correction of due.sessions) this.correctSession(correction, offset)
  }

  /** What a person called true is none of the agent's usual sessions, what is called false is one. */
  private correctSession({ tenant, agent, sign, highest_score }: SessionCorrection, offset: number): void {
    const held = this.profiles.take(tenant, agent, this.partition)
    const { maxima, surprise_maxima } = held.profile
    for (const known of [maxima, ...(surprise_maxima ? [surprise_maxima] : [])]) {
      if (sign === 1) addMaximum(known, highest_score)
      else removeMaximum(known, highest_score)
    }
    held.as_of_offset = offset
    held.changed = true
  }

  private correct(correction: Correction, offset: number): void {
    const knowledge = this.knowledge as LoadedKnowledge
    const held = this.profiles.take(correction.tenant, correction.agent, this.partition)
    const keys = hashedKeys(knowledge.hasher, eventShape(correction.event, correction))
    const weight = dayWeight(dayOf(correction.event.time), knowledge.originDay)
    if (correction.sign === 1) held.profile.fold(keys, weight, correction.event.time)
    else held.profile.unfold(keys, weight)
    held.as_of_offset = offset
    held.changed = true
  }

  private findingsOf(judgement: Judgement, observation: Observation): Finding[] {
    const { silence, place, observed } = observation
    const own = this.ownFindings(judgement, observation)
    if (silence === undefined) return own
    const knowledge = observed.knowing as LoadedKnowledge
    const context = {
      tierOf: (tenant: string, agent: string) => knowledge.tierOf(tenant, agent),
      version: knowledge.version,
      model: knowledge.model.artifact.name,
    }
    return [...own, silenceFinding(silence, place, context)]
  }

  private ownFindings(judgement: Judgement, { observed, place, changed_repeat }: Observation): Finding[] {
    const knowledge = observed.knowing as LoadedKnowledge
    const { event, first_event } = observed
    const tier = knowledge.tierOf(event.tenant, event.agent)
    const share = Math.min(findingShareMax, findingsPerAlert * knowledge.sessionAlertRate)
    const matters = judgement.p_value <= share || observed.held_out
    const unowned = knowledge.hasRegistry && !event.registered && first_event
    if (!matters && !changed_repeat && !unowned) return []
    const finding = findingOf(judgement, place, tier)
    if (changed_repeat)
      return [
        knowledge.suppressions.marked({
          ...finding,
          cause: 'changed_repeat',
          target: event.id,
          reasons: [changedReason(event.id), ...finding.reasons],
        }),
      ]
    if (unowned && !matters)
      return [
        {
          ...finding,
          cause: 'unowned_agent',
          target: event.agent,
          severity: 'low',
          reasons: [unownedReason(event.agent)],
        },
      ]
    const marked = knowledge.suppressions.marked(finding)
    return [unowned ? { ...marked, reasons: [...marked.reasons, unownedReason(event.agent)] } : marked]
  }
}

const changedReason = (id: string): string =>
  `event id used twice: ${id} came before with other content (usual: one content an id)`
const unownedReason = (agent: string): string =>
  `unowned agent: ${agent} is in no registry (usual: every agent has an owner)`
