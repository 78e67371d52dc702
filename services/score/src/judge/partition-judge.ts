import type { ReadEvent } from '@straylight/events/event-reader'
import { hashedKeys } from '@straylight/models/event/event-keys'
import { eventShape } from '@straylight/models/event/event-shape'
import { DeviationRows } from '@straylight/models/features/deviation-rows'
import { dayOf, dayWeight } from '@straylight/models/profile/day-weight'
import { addMaximum, type Profile } from '@straylight/models/profile/profile'
import { withCredentialHolder } from '@straylight/models/scoring/credential-holder'
import { findingOf, type LogPlace } from '@straylight/models/scoring/finding-of'
import { type Judgement, type Observed, observe } from '@straylight/models/scoring/judge'
import { sessionKeyOf } from '@straylight/models/session/agent-clock'
import { removeMaximum } from '@straylight/models/session/remove-maximum'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { partitionOf } from '@straylight/runtime/log/key-partition'
import { SetAsides } from '@straylight/runtime/set-aside/set-asides'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Finding } from '@straylight/schemas/finding'
import type { Correction, SessionCorrection } from '@straylight/schemas/knowledge'
import type { AgentName } from '@straylight/schemas/partition-key'
import { topics } from '@straylight/schemas/topics'
import { visibleText } from '@straylight/schemas/visible-text'
import { answerMs, isAway } from '../profiles/late-profiles.ts'
import type { FetchedProfile, ProfileCache } from '../profiles/profile-cache.ts'
import { StoreAvailability } from '../profiles/store-availability.ts'
import { type CorrectionWork, type PendingHeartbeat, WaitingAgents } from '../profiles/waiting-agents.ts'
import { confusableNameFinding } from '../watchers/confusable-name-finding.ts'
import { rampFinding } from '../watchers/ramp-finding.ts'
import { renamedAgentFinding } from '../watchers/renamed-agent-finding.ts'
import { silenceFinding } from '../watchers/silence-finding.ts'
import { heartbeatOf, SilenceWatch, type SilentAgent } from '../watchers/silence-watch.ts'
import { JudgeTurn, type Observation } from './judge-turn.ts'
import type { KnowledgeCache, LoadedKnowledge } from './loaded-knowledge.ts'

/** What a batch came to: judgements in log order, and the findings among them. */
export interface JudgedBatch {
  readonly judgements: readonly Judgement[]
  readonly findings: readonly Finding[]
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
  private readonly profiles: ProfileCache
  private readonly cache: KnowledgeCache
  private silences = new SilenceWatch()
  private readonly waiting = new WaitingAgents()
  private readonly rows = new DeviationRows()
  private readonly asides: SetAsides
  private readonly availability: StoreAvailability
  private readonly onEvent: ((event: AgentEvent) => void) | undefined
  private knowledge: LoadedKnowledge | undefined

  constructor(input: {
    partition: number
    partitions: number
    profiles: ProfileCache
    cache: KnowledgeCache
    asides?: SetAsides
    /** That of the stage: what one partition hears of the store holds for all. */
    availability?: StoreAvailability
    /** For tests: throws where an event shall not be judged. */
    onEvent?: ((event: AgentEvent) => void) | undefined
  }) {
    this.asides = input.asides ?? new SetAsides('score')
    this.availability = input.availability ?? new StoreAvailability()
    this.onEvent = input.onEvent
    this.partition = input.partition
    this.partitions = input.partitions
    this.profiles = input.profiles
    this.cache = input.cache
  }

  get version(): number {
    return this.knowledge?.version ?? 0
  }

  /** Knowledge in force where reading begins, and the agents waited for there. */
  async startAt(version: number, silences: string): Promise<void> {
    this.knowledge = version === 0 ? undefined : await this.cache.take(version)
    this.silences = SilenceWatch.fromState(silences)
  }

  /** Whom the watch for silent agents waits for, for the checkpoint. */
  silenceState(): string {
    return this.silences.toState()
  }

  /** Agents that wait for their profile, and the first record that is not done for them. */
  get waitingAgents(): readonly AgentName[] {
    return this.waiting.names()
  }
  get firstWaiting(): number | undefined {
    return this.waiting.first()
  }

  /** `patient`: the store is tried for a minute, and nobody waits alone; so does whoever finds no more room to wait in. */
  async judge(items: readonly ReadEvent[], { patient = false } = {}): Promise<JudgedBatch> {
    const turn = this.newTurn()
    if (this.waiting.full) this.catchUp(turn, await this.profiles.fetch(this.waiting.names()))
    await this.load(
      items.flatMap((item) => (item.kind === 'event' ? [item.event] : [])),
      patient,
    )
    for (const item of items) {
      if (item.kind === 'marker') {
        // Corrections of session maxima must find the events before the marker concluded, however the log was cut.
        turn.conclude()
        await this.switchTo(item, patient)
        for (const finding of this.renamesSaid(item.offset)) turn.findings.push(finding)
      } else {
        this.knowledge ??= await this.cache.take(1)
        if (this.waiting.has(item.event)) this.park(item, this.knowledge)
        else turn.add(this.observeOne(item, this.knowledge))
      }
    }
    turn.conclude()
    return { judgements: turn.judgements, findings: [...turn.findings, ...this.silencesHeard()] }
  }

  /** Lets those catch up whose profile has come. */
  resume(fetched: readonly FetchedProfile[]): JudgedBatch {
    const turn = this.newTurn()
    this.catchUp(turn, fetched)
    const findings = [...turn.findings, ...this.silencesHeard()]
    return { judgements: turn.judgements, findings: findings.sort((one, other) => one.log.offset - other.log.offset) }
  }

  private newTurn(): JudgeTurn {
    return new JudgeTurn(
      (judgement, observation) => this.findingsOf(judgement, observation),
      // It has been learnt, so it stays counted: only its finding is missing.
      ({ observed, place }, error) => this.asides.fault(placedOf(observed.event, place), error),
    )
  }

  private async load(agents: readonly AgentName[], patient: boolean): Promise<void> {
    const missing = this.profiles.missing(agents).filter((agent) => !this.waiting.has(agent))
    if (missing.length === 0) return
    if (patient) return this.profiles.put(await this.profiles.fetch(missing), this.partition)
    if (this.availability.givesProfiles) {
      try {
        return this.profiles.put(await this.profiles.fetch(missing, { onceWithinMs: answerMs }), this.partition)
      } catch (error) {
        if (!isAway(error)) throw error
        this.availability.profileWasNotGiven()
      }
    }
    for (const agent of missing) this.waiting.expect(agent)
  }

  private park(item: ReadEvent & { kind: 'event' }, knowledge: LoadedKnowledge): void {
    const { offset, log_time } = item
    this.waiting.add(item.event, { kind: 'event', item, pending: { offset, log_time, knowledge } })
  }

  private catchUp(turn: JudgeTurn, fetched: readonly FetchedProfile[]): void {
    const mine = fetched.filter((agent) => this.waiting.has(agent))
    this.profiles.put(mine, this.partition)
    for (const agent of mine) {
      for (const work of this.waiting.release(agent)) {
        if (work.kind === 'event') turn.add(this.observeOne(work.item, work.pending.knowledge, work.pending))
        else {
          turn.conclude()
          this.applyCorrections(work)
        }
      }
      turn.conclude()
    }
  }

  private observeOne(
    { event, offset, log_time, changed_repeat }: ReadEvent & { kind: 'event' },
    knowledge: LoadedKnowledge,
    pending?: PendingHeartbeat,
  ): Observation | undefined {
    const held = this.profiles.take(event.tenant, event.agent, this.partition)
    const noteHeartbeat = (session: string): SilentAgent | undefined => {
      const word = heartbeatOf(event, session, { profile: held.profile, logTime: log_time })
      if (pending !== undefined) pending.word = word
      else if (this.waiting.holdsHeartbeats) this.waiting.lineUp({ offset, log_time, knowledge, word })
      else return this.silences.noteHeartbeat(word)
      return undefined
    }
    // Only while re-reading: a profile written by a later, half-done checkpoint holds this event already.
    if (offset <= held.as_of_offset) {
      // The watch is as of the checkpoint and has not: what it learns of the agent's last such event is what it knew then.
      noteHeartbeat(held.profile.clock.sessions.peek(sessionKeyOf(event))?.session ?? event.session ?? '')
      return undefined
    }
    const place = { topic: topics.events.name, partition: this.partition, offset, log_time }
    held.as_of_offset = offset
    held.changed = true
    const observed = this.observed(event, place, held.profile, knowledge)
    if (observed === undefined) {
      // Heard all the same: what stands in line behind it would wait for its word for ever.
      noteHeartbeat(event.session ?? '')
      return undefined
    }
    return { observed, place, changed_repeat, silence: noteHeartbeat(observed.session.session) }
  }

  /** The event compared and learnt; set aside where that fails, and then counted nowhere (`leftOutMarks` of baseline). */
  private observed(
    event: AgentEvent,
    place: LogPlace,
    profile: Profile,
    knowledge: LoadedKnowledge,
  ): Observed | undefined {
    const { onEvent } = this
    try {
      const judging = onEvent === undefined ? knowledge : failing(knowledge, () => onEvent(event))
      return observe(event, profile, judging, { log_time: place.log_time, rows: this.rows })
    } catch (error) {
      const { tenant, agent, id, time, position } = event
      this.asides.fault(placedOf(event, place), error, { tenant, agent, id, time, position })
      return undefined
    }
  }

  /** What the watch for silent agents finds in the words that stood in line. */
  private silencesHeard(): Finding[] {
    return this.waiting.heartbeats().flatMap(({ word, offset, log_time, knowledge }) => {
      const silence = this.silences.noteHeartbeat(word)
      const place = { topic: topics.events.name, partition: this.partition, offset, log_time }
      return silence === undefined ? [] : [silenceFinding(silence, place, knowledge.context)]
    })
  }

  /** Switches knowledge on and applies its corrections to this partition's agents, loaded for it where need be. */
  private async switchTo({ version, offset }: { version: number; offset: number }, patient: boolean): Promise<void> {
    const knowledge = await this.cache.take(version)
    this.knowledge = knowledge
    const isMine = (of: AgentName) => partitionOf(agentKeyOf(of), this.partitions) === this.partition
    const events = knowledge.corrections.filter(isMine)
    const sessions = knowledge.sessionCorrections.filter(isMine)
    await this.load([...events, ...sessions], patient)
    for (const agent of this.waiting.names()) {
      const isTheirs = (of: AgentName) => of.tenant === agent.tenant && of.agent === agent.agent
      const theirs = { events: events.filter(isTheirs), sessions: sessions.filter(isTheirs) }
      if (theirs.events.length + theirs.sessions.length > 0)
        this.waiting.add(agent, { kind: 'corrections', offset, knowledge, ...theirs })
    }
    const isHere = (of: AgentName) => !this.waiting.has(of)
    this.applyCorrections({ offset, knowledge, events: events.filter(isHere), sessions: sessions.filter(isHere) })
  }

  /** What the version just switched on is the first to say of agents under new names: reported at its marker, once, by whoever judges the agent. */
  private renamesSaid(offset: number): Finding[] {
    const knowledge = this.knowledge as LoadedKnowledge
    return knowledge.renames
      .filter((of) => partitionOf(agentKeyOf(of), this.partitions) === this.partition)
      .map((renamed, number) => {
        const place = { topic: topics.events.name, partition: this.partition, offset, log_time: knowledge.madeAt }
        return knowledge.suppressions.marked(renamedAgentFinding(renamed, { place, number }, knowledge.context))
      })
  }

  private applyCorrections({ events, sessions, offset, knowledge }: Omit<CorrectionWork, 'kind'>): void {
    // Decided before the first one is applied: an agent may have several, and all of them stand at this one offset.
    const isDue = ({ tenant, agent }: AgentName) =>
      offset > this.profiles.take(tenant, agent, this.partition).as_of_offset
    const due = { events: events.filter(isDue), sessions: sessions.filter(isDue) }
    for (const one of due.events) this.guarded(offset, one, () => this.correct(one, offset, knowledge))
    for (const one of due.sessions) this.guarded(offset, one, () => this.correctSession(one, offset))
  }

  /** One correction that fails does not hold up its marker, nor the others. */
  private guarded(offset: number, correction: Correction | SessionCorrection, work: () => void): void {
    const value = Buffer.from(JSON.stringify(correction))
    const { partition } = this
    this.asides.guard({ topic: topics.events.name, partition, offset, timestamp: 0, value }, work)
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

  private correct(correction: Correction, offset: number, knowledge: LoadedKnowledge): void {
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
    const { context } = observed.judging as LoadedKnowledge
    const own = [
      ...this.ownFindings(judgement, observation),
      ...nameFindings(observation),
      ...rampFindings(observation),
    ]
    return silence === undefined ? own : [...own, silenceFinding(silence, place, context)]
  }

  private ownFindings(judgement: Judgement, { observed, place, changed_repeat }: Observation): Finding[] {
    const knowledge = observed.judging as LoadedKnowledge
    const { event, first_event } = observed
    const tier = knowledge.tierOf(event.tenant, event.agent)
    const share = Math.min(findingShareMax, findingsPerAlert * knowledge.sessionAlertRate)
    const matters = judgement.p_value <= share || observed.held_out
    const unowned = knowledge.hasRegistry && !event.registered && first_event
    if (!matters && !changed_repeat && !unowned) return []
    const finding = withCredentialHolder(findingOf(judgement, place, tier), event, knowledge)
    const marked = knowledge.suppressions.marked(finding)
    if (changed_repeat) return [changedRepeat(matters ? marked : undefined, finding, knowledge)]
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
    return [unowned ? { ...marked, reasons: [...marked.reasons, unownedReason(event.agent)] } : marked]
  }
}

/** Amounts that grow day by day: at most one a day and kind. */
function rampFindings(observation: Observation): Finding[] {
  const { ramps, judging } = observation.observed
  if (ramps.length === 0) return []
  const { context, suppressions } = judging as LoadedKnowledge
  return ramps.map((ramp) => suppressions.marked(rampFinding(ramp, observation, context)))
}

/** The first time that an agent speaks whose name only looks like a registered one. */
function nameFindings({ observed, place }: Observation): Finding[] {
  const knowledge = observed.judging as LoadedKnowledge
  const { event, session, first_event } = observed
  if (!first_event || event.registered || !knowledge.hasRegistry) return []
  const lookalike = knowledge.names.lookalikeOf(event.tenant, event.agent)
  if (lookalike === undefined) return []
  const finding = confusableNameFinding(event, { place, session: session.session, lookalike }, knowledge.context)
  return [knowledge.suppressions.marked(finding)]
}
/**
 * What an event whose id came before with other content is accused of: its own cause leads, or else using an id again would hide
 * what is done under it. Where nothing else speaks against it, or a person has silenced that, the id itself is the cause.
 */
function changedRepeat(own: Finding | undefined, finding: Finding, knowledge: LoadedKnowledge): Finding {
  const changed = changedReason(finding.event_id)
  if (own !== undefined && own.suppressed === undefined) {
    const [first, ...rest] = own.reasons
    return { ...own, reasons: first === undefined ? [changed] : [first, changed, ...rest] }
  }
  const reasons = [changed, ...finding.reasons]
  return knowledge.suppressions.marked({ ...finding, cause: 'changed_repeat', target: finding.event_id, reasons })
}

/** For tests: knowledge that throws where it is first asked, which is when the agent's clock has moved on. */
const failing = (knowledge: LoadedKnowledge, fail: () => void): LoadedKnowledge =>
  Object.create(knowledge, {
    surroundingsOf: {
      value: (tenant: string, agent: string) => {
        fail()
        return knowledge.surroundingsOf(tenant, agent)
      },
    },
  })

const placedOf = (event: AgentEvent, { topic, partition, offset, log_time }: LogPlace) => ({
  ...{ topic, partition, offset, timestamp: log_time },
  value: Buffer.from(JSON.stringify(event)),
})

const changedReason = (id: string): string => visibleText(`Event id used twice: ${id} came before with other content`)
const unownedReason = (agent: string): string => visibleText(`Unowned agent: ${agent} is in no registry`)
