import { createHash } from 'node:crypto'
import { techniquesOf } from '@straylight/models/features/cause'
import { reasonText } from '@straylight/models/features/explanation'
import { type LogPlace, subjectOf } from '@straylight/models/scoring/finding-of'
import { aliasLine } from '@straylight/schemas/alias-line'
import { counted } from '@straylight/schemas/counted'
import type { Finding } from '@straylight/schemas/finding'
import type { Likeness, RenamedAgent } from '@straylight/schemas/renamed-agent'
import { topics } from '@straylight/schemas/topics'
import { visibleText } from '@straylight/schemas/visible-text'
import type { FindingContext } from './finding-context.ts'

/** Stands beyond every budget, and above the old name's silence, which its alert counts in. */
const renamedScore = 31
/** Where the old name is alive: far above, so that a word on the rename does not silence it. */
const aliveScore = 60
const renamedPValue = 1e-9
/** A place of its own, one for each of those that one marker brings. */
const topic = `${topics.events.name}#renamed`

/**
 * About an agent that no registry names: it acts as another did that has fallen silent. It stays a stranger, and is judged as one; only a person
 * can say that it is the other, in the registry. Where the other is heard again, it is no rename, and graver.
 */
export function renamedAgentFinding(
  renamed: RenamedAgent,
  { place, number }: { readonly place: LogPlace; readonly number: number },
  context: FindingContext,
): Finding {
  const { tenant, agent, from, event, likeness, heard_again: again } = renamed
  const alive = again !== undefined
  const score = alive ? aliveScore : renamedScore
  const since = `${agent} has been active since ${clock(renamed.first_seen)}`
  const [seen, expected] = alive
    ? [
        `${since} and does the same work, and ${from} was heard again at ${clock(again)}: two agents, or somebody who poses as one`,
        `one of them at a time`,
      ]
    : [`${since} and ${likenessText(likeness)}`, `${from} was last heard at ${clock(renamed.last_heard)}`]
  const identity = JSON.stringify([topic, alive, tenant, agent, from, event.id, event.content_hash])
  return {
    ...subjectOf(
      { ...event, tenant, agent },
      {
        place: { ...place, topic: number === 0 ? topic : `${topic}-${number}` },
        tier: context.tierOf(tenant, agent),
        session: event.session,
      },
    ),
    id: `fnd_${createHash('sha256').update(identity).digest('hex').slice(0, 24)}`,
    ...(likeness.credential === undefined ? {} : { credential_id: likeness.credential }),
    renamed_from: {
      ...{ agent: from, last_heard: renamed.last_heard, targets: renamed.targets },
      ...(alive ? { heard_again: again } : {}),
    },
    score,
    risk: score,
    p_value: renamedPValue,
    severity: alive ? 'high' : 'medium',
    cause: 'renamed_agent',
    target: from,
    held_out: false,
    contributions: [
      {
        ...{ feature: 'renamed_agent', value: 1, contribution: score },
        ...{ expected: visibleText(expected), seen: visibleText(seen) },
      },
    ],
    reasons: [
      reasonText(alive ? 'No new name after all' : 'Looks like a new name', {
        seen: visibleText(seen),
        expected: visibleText(expected),
      }),
      ...(alive ? [] : [`If it is the same agent, write into the registry: ${aliasLine(renamed)}`]),
      ...rivalsText(renamed.rivals, from),
    ],
    evidence: {
      profile_events: renamed.events,
      profile_days: 0,
      peer_group: '*',
      peers: 0,
      knowledge_version: context.version,
      model: context.model,
    },
    techniques: techniquesOf('renamed_agent'),
  }
}

function likenessText({ steps, hours, destinations, credential }: Likeness): string {
  const alike = `takes the same steps (${percent(steps)} alike) at the same hours (${percent(hours)})`
  const sends = destinations === undefined ? '' : `, and sends to the same places (${percent(destinations)})`
  return credential === undefined ? `${alike}${sends}` : `uses the same credential ${credential}, and ${alike}${sends}`
}

const rivalsText = (rivals: readonly string[], from: string): string[] =>
  rivals.length === 0
    ? []
    : [visibleText(`${counted(rivals.length, 'other agent')} also look like ${from}: ${rivals.slice(0, 5).join(', ')}`)]

const percent = (share: number): string => `${Math.round(100 * share)} %`

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
