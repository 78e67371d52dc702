import { createHash } from 'node:crypto'
import { techniquesOf } from '@straylight/models/features/cause'
import { reasonText } from '@straylight/models/features/explanation'
import type { Profile } from '@straylight/models/profile/profile'
import { type LogPlace, subjectOf } from '@straylight/models/scoring/finding-of'
import { believedTime } from '@straylight/models/session/agent-clock'
import { silentFrom } from '@straylight/models/session/silence'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import type { FindingContext } from './finding-context.ts'

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
  gap: z.number(),
  events: z.number(),
  days: z.number(),
})
type Watched = z.infer<typeof Watched>

/** What the watch takes of an event, as its agent's profile stood then: kept, it can be heard later in its place. */
export interface Heartbeat {
  readonly key: string
  readonly time: number
  /** Absent for an agent that nobody would miss. */
  readonly watched: Watched | undefined
}

/** An agent found silent, and the event of another agent that showed it. */
export interface SilentAgent extends Readonly<Watched> {
  readonly shown_at: number
}

/**
 * Which usually active agents of a partition have fallen silent, by event time alone: an event of another agent shows that time
 * has passed. At most one is reported an event, each once until it speaks again. What it knows goes into the partition's checkpoint:
 * whoever takes over waits for the same agents, also for those that have said nothing since.
 */
export class SilenceWatch {
  /** In order of last word. */
  private readonly agents = new Map<string, Watched>()
  /** No agent is due before; a lower bound. */
  private nextDue = Number.POSITIVE_INFINITY

  /** Takes up where the watch stood when `toState` was called; '' for a partition without a checkpoint. */
  static fromState(state: string): SilenceWatch {
    const watch = new SilenceWatch()
    if (state === '') return watch
    for (const watched of z.array(Watched).parse(JSON.parse(state))) {
      watch.agents.set(agentKeyOf(watched.last), watched)
      watch.nextDue = Math.min(watch.nextDue, watched.due)
    }
    return watch
  }

  toState(): string {
    return JSON.stringify([...this.agents.values()])
  }

  /** Takes an event in log order, after its agent's clock has moved. */
  take(event: AgentEvent, session: string, heard: Heard): SilentAgent | undefined {
    return this.noteHeartbeat(heartbeatOf(event, session, heard))
  }

  noteHeartbeat({ key, time, watched }: Heartbeat): SilentAgent | undefined {
    this.agents.delete(key)
    if (watched !== undefined) {
      this.agents.set(key, watched)
      this.nextDue = Math.min(this.nextDue, watched.due)
      if (this.agents.size > agentsMax) this.agents.delete(this.agents.keys().next().value as string)
    }
    return time < this.nextDue ? undefined : this.overdue(time)
  }

  private overdue(now: number): SilentAgent | undefined {
    let first: [string, Watched] | undefined
    for (const entry of this.agents) if (first === undefined || entry[1].due < first[1].due) first = entry
    this.nextDue = first?.[1].due ?? Number.POSITIVE_INFINITY
    if (first === undefined || now < first[1].due) return undefined
    this.agents.delete(first[0])
    return { ...first[1], shown_at: now }
  }
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
  if (due === null) return { key, time: shown, watched: undefined }
  const { id, time, tenant, agent, owner, system, action, registered, content_hash, position, format } = event
  const last = { id, time, tenant, agent, system, action, registered, content_hash, position, format }
  const watched: Watched = {
    last: owner === undefined ? last : { ...last, owner },
    session,
    due,
    gap: profile.clock.longest_gap,
    events: profile.events,
    days: (profile.last_time - profile.first_time) / dayMs,
  }
  return { key, time: shown, watched }
}

/** Stands beyond every budget: there is no telling how often agents fall silent, only that this one never did. */
const silentScore = 30
const silentPValue = 1e-9
/** A place of its own: the event that showed it may have a finding too. */
const topic = `${topics.events.name}#silence`

const hoursText = (ms: number): string => {
  const hours = ms / hourMs
  return hours < 48 ? counted(Number(hours.toFixed(1)), 'hour') : counted(Number((hours / 24).toFixed(1)), 'day')
}

export function silenceFinding(
  silence: SilentAgent,
  place: LogPlace,
  context: Pick<FindingContext, 'tierOf' | 'version' | 'model'>,
): Finding {
  const { last, session, gap, shown_at } = silence
  const expected = `longest silence lately: ${hoursText(gap)}`
  const seen = `nothing for ${hoursText(shown_at - last.time)}, since ${new Date(last.time).toISOString()}`
  const subject = subjectOf(last, {
    place: { ...place, topic },
    tier: context.tierOf(last.tenant, last.agent),
    session,
  })
  return {
    ...subject,
    id: `fnd_${createHash('sha256')
      .update(JSON.stringify(['silence', last.tenant, last.agent, last.id, last.time]))
      .digest('hex')
      .slice(0, 24)}`,
    score: silentScore,
    risk: silentScore,
    p_value: silentPValue,
    severity: 'medium',
    cause: 'silent_agent',
    target: last.agent,
    held_out: false,
    contributions: [{ feature: 'silent', value: 1, contribution: silentScore, expected, seen }],
    reasons: [reasonText('Silent agent', { seen, expected })],
    evidence: {
      profile_events: silence.events,
      profile_days: silence.days,
      peer_group: '*',
      peers: 0,
      knowledge_version: context.version,
      model: context.model,
    },
    techniques: techniquesOf('silent_agent'),
  }
}
