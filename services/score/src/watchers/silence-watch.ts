import type { Profile } from '@straylight/models/profile/profile'
import { believedTime } from '@straylight/models/session/agent-clock'
import { leastWaitMs, silentAfter, silentFrom } from '@straylight/models/session/silence'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { z } from 'zod'

/** Agents watched a partition; the one that spoke first of all goes when there are more. Some 300 bytes each. */
const agentsMax = 50_000

/** What a finding needs of an agent's last event; its content is let go. */
const LastHeartbeat = AgentEvent.pick({
  id: true,
  time: true,
  tenant: true,
  agent: true,
  owner: true,
  system: true,
  action: true,
  registered: true,
  content_hash: true,
  position: true,
  format: true,
})
export type LastHeartbeat = z.infer<typeof LastHeartbeat>

const Watched = z.strictObject({
  last: LastHeartbeat,
  session: z.string(),
  due: z.number(),
  /** Its longest silence lately, without what a source that was not heard took of it. */
  gap: z.number(),
  events: z.number(),
  days: z.number(),
  /** Time since its last event in which nobody of its tenant was heard, milliseconds: it says nothing of the agent. */
  unheard: z.number().default(0),
  /** What its profile holds to be its longest silence, where a source that was not heard made it so. */
  unheard_gap: z.number().default(0),
  /** Those that were found silent with it were not: it is waited for by itself. */
  alone: z.boolean().default(false),
})
type Watched = z.infer<typeof Watched>

/** What the watch takes of an event, as its agent's profile stood then: kept, it can be heard later in its place. */
export interface Heartbeat {
  readonly key: string
  readonly tenant: string
  readonly time: number
  /** Absent for an agent that nobody would miss. */
  readonly watched: Watched | undefined
}

const SilentSource = z.strictObject({
  agents: z.number(),
  since: z.number(),
  names: z.array(z.string()).optional(),
})

/** A silence that was reported, while it may yet turn out that its events come late. */
const Reported = z.strictObject({
  /** Of the agent that was due first: the finding is about it, or about all that stopped with it. */
  silence: Watched,
  /** This agent's own. Absent in checkpoints of before. */
  own: Watched.optional(),
  shown_at: z.number(),
  source: SilentSource.optional(),
  /** So far its agent was heard without a silence, late events included. */
  heard: z.number(),
  /** Its first word after a silence, in log order, and how far back from there it was heard since: some shippers deliver the newest first. */
  returned: z.number().optional(),
  heard_from: z.number().optional(),
  /** How many of the finding's agents were heard in that time after all. */
  back: z.number().default(0),
})
type Reported = z.infer<typeof Reported>

/** Reported silences remembered a partition; the oldest goes when there are more. */
const reportedMax = 5_000

/** An agent found silent, and the event of another agent that showed it. */
export interface SilentAgent extends Readonly<Watched> {
  readonly shown_at: number
  /**
   * Nobody of its tenant was heard for so long: the source is silent, and this agent was the last that it reported. `names`: of several sources
   * one is, and these are its agents.
   */
  readonly source?: z.infer<typeof SilentSource>
  /** Events of that time came late: nobody was silent. */
  readonly withdrawn?: true
}

/** What is known of a tenant's agents in a partition together. */
const Source = z.strictObject({
  tenant: z.string(),
  /** Newest time at which one of them was heard of. */
  heard: z.number(),
})
type Source = z.infer<typeof Source>

/** Tenants remembered a partition; the one heard of first of all goes when there are more. */
const sourcesMax = 10_000
/** So many agents that all fall silent at once are no coincidence. */
const agentsOfSourceMin = 3

/**
 * Which usually active agents of a partition have fallen silent, by event time alone: an event of another agent shows that time
 * has passed. At most one is reported an event, each once until it speaks again. What it knows goes into the partition's checkpoint:
 * whoever takes over waits for the same agents, also for those that have said nothing since.
 */
export class SilenceWatch {
  /** In order of last word. */
  private readonly agents = new Map<string, Watched>()
  private readonly sources = new Map<string, Source>()
  private readonly reported = new Map<string, Reported>()
  /** No agent is due before; a lower bound. */
  private nextDue = Number.POSITIVE_INFINITY

  /** Takes up where the watch stood when `toState` was called; '' for a partition without a checkpoint. */
  static fromState(state: string): SilenceWatch {
    const watch = new SilenceWatch()
    if (state === '') return watch
    const parsed: unknown = JSON.parse(state)
    // A checkpoint of before knows of agents alone.
    const { agents, sources, reported } = WatchState.parse(
      Array.isArray(parsed) ? { agents: parsed, sources: [] } : parsed,
    )
    for (const watched of agents) {
      watch.agents.set(agentKeyOf(watched.last), watched)
      watch.nextDue = Math.min(watch.nextDue, watched.due)
    }
    for (const source of sources) watch.sources.set(source.tenant, source)
    for (const { key, ...of } of reported) watch.reported.set(key, of)
    return watch
  }

  toState(): string {
    const reported = [...this.reported].map(([key, of]) => ({ key, ...of }))
    return JSON.stringify({ agents: [...this.agents.values()], sources: [...this.sources.values()], reported })
  }

  /** Takes an event in log order, after its agent's clock has moved. */
  take(event: AgentEvent, session: string, heard: Heard): SilentAgent | undefined {
    return this.noteHeartbeat(heartbeatOf(event, session, heard))
  }

  noteHeartbeat({ key, tenant, time, watched }: Heartbeat): SilentAgent | undefined {
    const known = this.agents.get(key)
    const source = this.sourceHeard(tenant, time)
    const before = this.agents.get(key) ?? known
    this.agents.delete(key)
    if (watched !== undefined) {
      const now = before === undefined ? watched : withoutUnheard(before, watched)
      this.agents.set(key, now)
      this.nextDue = Math.min(this.nextDue, now.due)
      if (this.agents.size > agentsMax) this.agents.delete(this.agents.keys().next().value as string)
    }
    if (source !== undefined) return source
    const late = this.heardLate(key, time)
    if (late !== undefined) return late
    return time < this.nextDue ? undefined : this.overdue(time)
  }

  /**
   * A tenant is heard again. Where nobody of it was for longer than its most active agent is ever silent, that time says nothing of
   * any of them: all are waited for so much longer. Where it would have made agents silent, it is the source that was.
   */
  private sourceHeard(tenant: string, time: number): SilentAgent | undefined {
    const known = this.sources.get(tenant)
    const heard = Math.max(time, known?.heard ?? 0)
    this.sources.delete(tenant)
    this.sources.set(tenant, { tenant, heard })
    if (this.sources.size > sourcesMax) this.sources.delete(this.sources.keys().next().value as string)
    if (known === undefined || time - known.heard <= leastWaitMs) return undefined
    const mine = [...this.agents].filter(([, { last }]) => last.tenant === tenant)
    const usual = Math.max(leastWaitMs, Math.min(...mine.map(([, { gap }]) => gap)))
    const unheard = time - known.heard - usual
    if (mine.length < agentsOfSourceMin || unheard <= 0) return undefined
    const overdue = mine.filter(([, { due }]) => due <= time)
    for (const [key, of] of mine) this.agents.set(key, { ...of, due: of.due + unheard, unheard: of.unheard + unheard })
    const [, latest] = mine.reduce((one, other) => (other[1].last.time > one[1].last.time ? other : one))
    if (overdue.length === 0) return undefined
    return { ...latest, shown_at: time, source: { agents: mine.length, since: known.heard } }
  }

  private overdue(now: number): SilentAgent | undefined {
    let first: [string, Watched] | undefined
    for (const entry of this.agents) if (first === undefined || entry[1].due < first[1].due) first = entry
    this.nextDue = first?.[1].due ?? Number.POSITIVE_INFINITY
    if (first === undefined || now < first[1].due) return undefined
    const together = this.stoppedTogether(first[1], now)
    const source =
      together.length < agentsOfSourceMin
        ? undefined
        : {
            agents: together.length,
            since: Math.min(...together.map(([, { last }]) => last.time)),
            names: together.map(([, { last }]) => last.agent).sort(),
          }
    const silence = { ...first[1], shown_at: now, ...(source === undefined ? {} : { source }) }
    for (const [key, of] of source === undefined ? [first] : together) {
      this.agents.delete(key)
      this.remember(key, {
        ...{ silence: first[1], own: of, shown_at: now, heard: of.last.time, back: 0 },
        ...(source === undefined ? {} : { source }),
      })
    }
    return silence
  }

  /** Who said its last word when this agent did, and has been waited for half as long as it takes: agents of one shipper, most likely. */
  private stoppedTogether({ last, gap, alone }: Watched, now: number): [string, Watched][] {
    if (alone) return []
    const within = Math.max(leastWaitMs, gap)
    return [...this.agents].filter(
      ([, { last: other, due, alone }]) =>
        !alone &&
        other.tenant === last.tenant &&
        Math.abs(other.time - last.time) <= within &&
        now - other.time >= (due - other.time) / 2,
    )
  }

  private remember(key: string, of: Reported): void {
    this.reported.delete(key)
    this.reported.set(key, of)
    if (this.reported.size > reportedMax) this.reported.delete(this.reported.keys().next().value as string)
  }

  /**
   * An agent whose silence was reported is heard again. Where what comes late leaves no silence of that length, there was none of it; where
   * it begins after one, the silence stands. Its word is its own: who was found silent with it and still says nothing is waited for again, and
   * the finding is taken back when too few remain for a source.
   */
  private heardLate(key: string, time: number): SilentAgent | undefined {
    const known = this.reported.get(key)
    if (known === undefined) return undefined
    const { silence, own = silence, shown_at, source } = known
    const wait = silentAfter(own.gap)
    if (time - known.heard >= wait) {
      this.heardAfter(key, known, { time, wait })
      return undefined
    }
    known.heard = Math.max(known.heard, time)
    const isReached = known.heard_from !== undefined && known.heard_from - known.heard < wait
    if (!isReached && known.heard + Math.max(leastWaitMs, own.gap) <= shown_at) return undefined
    this.reported.delete(key)
    const others = this.reportedWith(known)
    const back = known.back + 1
    for (const [, other] of others) other.back = back
    const isSource = source !== undefined && source.agents - back >= agentsOfSourceMin
    this.waitAgain(others, { alone: !isSource })
    if (isSource) return undefined
    for (const [other] of others) this.reported.delete(other)
    return { ...silence, shown_at, ...(source === undefined ? {} : { source }), withdrawn: true }
  }

  /** Its silence stands, unless what comes now, newest first, reaches back to its last word before it has gone on for as long as it is waited for. */
  private heardAfter(key: string, known: Reported, { time, wait }: { time: number; wait: number }): void {
    if (known.returned === undefined) {
      known.returned = time
      known.heard_from = time
      this.waitAgain(this.reportedWith(known))
    } else if (time - known.returned >= wait) this.reported.delete(key)
    else if (known.heard_from !== undefined && known.heard_from - time < wait)
      known.heard_from = Math.min(known.heard_from, time)
  }

  /** The other agents of the same finding. */
  private reportedWith({ silence, shown_at }: Reported): [string, Reported][] {
    const { tenant, agent, id } = silence.last
    return [...this.reported].filter(
      ([, { silence: of, shown_at: at }]) =>
        at === shown_at && of.last.id === id && of.last.agent === agent && of.last.tenant === tenant,
    )
  }

  /** Their source is heard again, so they have as long to follow as what makes them stop together: half their wait. */
  private waitAgain(reported: readonly [string, Reported][], { alone = false } = {}): void {
    for (const [key, { own }] of reported) {
      if (own === undefined) continue
      const known = this.agents.get(key)
      const heard = this.sources.get(own.last.tenant)?.heard ?? own.last.time
      const due = Math.max(own.due, heard + silentAfter(own.gap) / 2)
      // Who has spoken since is in the watch with its later word.
      if (known !== undefined && known.last.id !== own.last.id) continue
      this.agents.set(key, known === undefined ? { ...own, due, alone } : { ...known, alone: known.alone || alone })
      this.nextDue = Math.min(this.nextDue, due)
    }
  }
}

const WatchState = z.strictObject({
  agents: z.array(Watched),
  sources: z.array(Source),
  reported: z.array(Reported.extend({ key: z.string() })).default([]),
})

/**
 * The agent's longest silence as it really was. Its profile cannot know that its source was not heard, and takes the whole time for
 * its own; the watch goes on with what it was before until the profile has a longer one, or has let go of it.
 */
function withoutUnheard(before: Watched, now: Watched): Watched {
  const fromSource = before.unheard > 0 && now.gap > before.gap ? now.gap : before.unheard_gap
  // Fading by half in 30 days, a gap is forgotten when a quarter is left.
  if (fromSource === 0 || now.gap > fromSource || now.gap < fromSource / 4) return now
  const own = before.unheard > 0 ? Math.max(before.gap, now.last.time - before.last.time - before.unheard) : before.gap
  const gap = Math.min(now.gap, own)
  return { ...now, gap, due: now.due - silentAfter(now.gap) + silentAfter(gap), unheard_gap: fromSource }
}

/** An agent's profile after an event of it, and when the log took that event. */
interface Heard {
  readonly profile: Profile
  readonly logTime: number
}

export function heartbeatOf(event: AgentEvent, session: string, { profile, logTime }: Heard): Heartbeat {
  const key = agentKeyOf(event)
  const due = silentFrom(profile)
  // What a clock that runs ahead says shows no silence of others.
  const shown = believedTime(event.time, logTime)
  const { tenant } = event
  if (due === null) return { key, tenant, time: shown, watched: undefined }
  const { id, time, agent, owner, system, action, registered, content_hash, position, format } = event
  const last = { id, time, tenant, agent, system, action, registered, content_hash, position, format }
  const watched: Watched = {
    last: owner === undefined ? last : { ...last, owner },
    session,
    due,
    gap: profile.clock.longest_gap,
    events: profile.events,
    days: (profile.last_time - profile.first_time) / dayMs,
    unheard: 0,
    unheard_gap: 0,
    alone: false,
  }
  return { key, tenant, time: shown, watched }
}
