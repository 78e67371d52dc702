import { createHash } from 'node:crypto'
import { techniquesOf } from '@straylight/models/features/cause'
import { reasonText } from '@straylight/models/features/explanation'
import { type LogPlace, subjectOf } from '@straylight/models/scoring/finding-of'
import { counted } from '@straylight/schemas/counted'
import { hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import type { FindingContext } from './finding-context.ts'
import type { SilentAgent } from './silence-watch.ts'

/** Whom an alert about a silent source speaks of: all of a tenant, or the agents of one source of several. */
const everyAgent = 'every agent'
const someAgents = 'a group of agents'
/** Names in the target of such an alert. */
const namesMax = 5

function namesText(names: readonly string[]): string {
  const more = names.length - namesMax
  return more > 0 ? `${names.slice(0, namesMax).join(', ')} and ${more} more` : names.join(', ')
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
  const { last, session, gap, shown_at, source, withdrawn } = silence
  const names = source?.names
  const expected =
    source === undefined
      ? `longest silence lately: ${hoursText(gap)}`
      : names === undefined
        ? `the most active of ${counted(source.agents, 'agent')} was silent for ${hoursText(gap)} at most`
        : `while others of the tenant were heard: ${namesText(names)}`
  const seen =
    source === undefined
      ? `nothing for ${hoursText(shown_at - last.time)}, since ${new Date(last.time).toISOString()}`
      : `nothing from ${names === undefined ? 'any agent' : counted(names.length, 'agent')} for ${hoursText(shown_at - source.since)}, since ${new Date(source.since).toISOString()}: look at the log shipper first`
  const { owner: _owner, ...rest } = subjectOf(last, {
    place: { ...place, topic },
    tier: context.tierOf(last.tenant, last.agent),
    session,
  })
  // A silent source is nobody's in particular: one alert a tenant, whichever partitions and agents showed it.
  const about = source === undefined ? last.agent : names === undefined ? everyAgent : someAgents
  const target = names === undefined ? about : namesText(names)
  const kind = [withdrawn === true ? 'silence withdrawn' : 'silence', ...(silence.alone ? ['alone'] : (names ?? []))]
  const title = source === undefined ? 'Silent agent' : 'Silent source'
  const subject = { ...rest, agent: about, ...(source !== undefined || _owner === undefined ? {} : { owner: _owner }) }
  return {
    ...subject,
    id: `fnd_${createHash('sha256')
      .update(JSON.stringify([...kind, last.tenant, last.agent, last.id, last.time]))
      .digest('hex')
      .slice(0, 24)}`,
    score: silentScore,
    risk: silentScore,
    p_value: silentPValue,
    severity: 'medium',
    cause: source === undefined ? 'silent_agent' : 'silent_source',
    target,
    held_out: false,
    ...(withdrawn === true ? { withdrawn } : {}),
    contributions: [{ feature: 'silent', value: 1, contribution: silentScore, expected, seen }],
    reasons: [
      withdrawn === true
        ? `${title} no more: its events came late, and none is missing for as long`
        : reasonText(title, { seen, expected }),
    ],
    evidence: {
      profile_events: silence.events,
      profile_days: silence.days,
      peer_group: '*',
      peers: 0,
      knowledge_version: context.version,
      model: context.model,
    },
    techniques: techniquesOf(source === undefined ? 'silent_agent' : 'silent_source'),
  }
}
