import { createHash } from 'node:crypto'
import { techniquesOf } from '@straylight/models/features/cause'
import { type LogPlace, type Subject, subjectOf } from '@straylight/models/scoring/finding-of'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { visibleText } from '@straylight/schemas/visible-text'
import type { FindingContext } from './finding-context.ts'

/** Stands beyond every budget: who takes a name that passes for another's does not stray by degrees. */
const confusableScore = 30
const confusablePValue = 1e-9
/** A place of its own: the agent's first event may have a finding too. */
const topic = `${topics.events.name}#name`

/**
 * An agent that nobody registered, under a name that people take for a registered one's. About the agent that bears it: the
 * registered one is named, and nothing of it is at stake.
 */
export function confusableNameFinding(
  event: Subject,
  about: { place: LogPlace; session: string; lookalike: { name: string; agent: string } },
  context: FindingContext,
): Finding {
  const { name, agent } = about.lookalike
  const registered = name === agent ? name : `${name}, a name of ${agent}`
  const seen = visibleText(`${event.agent} is not registered and looks like ${registered}`)
  const expected = 'no agent is taken for another'
  const identity = JSON.stringify([topic, event.tenant, event.agent, event.id, event.content_hash])
  return {
    ...subjectOf(event, {
      place: { ...about.place, topic },
      tier: context.tierOf(event.tenant, event.agent),
      session: about.session,
    }),
    id: `fnd_${createHash('sha256').update(identity).digest('hex').slice(0, 24)}`,
    score: confusableScore,
    risk: confusableScore,
    p_value: confusablePValue,
    severity: 'high',
    cause: 'name_confusable',
    target: agent,
    held_out: false,
    contributions: [{ feature: 'name_confusable', value: 1, contribution: confusableScore, expected, seen }],
    reasons: [`Confusable name: ${seen}`],
    evidence: {
      profile_events: 0,
      profile_days: 0,
      peer_group: '*',
      peers: 0,
      knowledge_version: context.version,
      model: context.model,
    },
    techniques: techniquesOf('name_confusable'),
  }
}
