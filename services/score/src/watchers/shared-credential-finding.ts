import { createHash } from 'node:crypto'
import { techniquesOf } from '@straylight/models/features/cause'
import { credentialHolderOf, type HolderEvidence, type KnownHolder } from '@straylight/models/scoring/credential-holder'
import { subjectOf } from '@straylight/models/scoring/finding-of'
import type { CredentialUser, Finding } from '@straylight/schemas/finding'
import type { CredentialChange, FirstUse } from './credential-index.ts'
import { credentialSentence } from './credential-sentence.ts'
import type { FindingContext } from './finding-context.ts'

/** Nobody shares a credential by chance: the finding stands far beyond any budget. */
const sharedScore = 40
const sharedPValue = 1e-9
/** A corrected sentence stands above the one that it corrects: an alert tells its highest finding. */
const correctedScore = sharedScore + 1

/** What the uses of a credential come to: a function of event times and evidence, not of who came first in the log. */
interface Verdict extends KnownHolder {
  /** The first by event time first; of one time by name. */
  readonly uses: readonly FirstUse[]
  /** Where the holder is known all others, else all but the first. */
  readonly accused: readonly FirstUse[]
}

function verdictOf(known: readonly FirstUse[], credential: string, evidence: HolderEvidence): Verdict | undefined {
  const [first] = known
  if (first === undefined) return undefined
  const uses = [...known].sort((a, b) => a.time - b.time || (a.agent < b.agent ? -1 : 1))
  const proven = uses.filter((use) => use.proven).map(({ agent }) => agent)
  const held = credentialHolderOf(evidence, { tenant: first.tenant, credential, proven })
  const accused = held.holder === undefined ? uses.slice(1) : uses.filter(({ agent }) => agent !== held.holder?.agent)
  return { ...held, uses, accused }
}

/**
 * The findings that a change leads to: one about each agent that is accused now, where the change concerns it. Who is accused no
 * longer is reported as well: in the same alert where an earlier use has come and nobody knows whose it is, and as a mere note where
 * evidence has.
 */
export function sharedCredentialFindings(change: CredentialChange, context: FindingContext): Finding[] {
  const after = verdictOf(change.after, change.credential, context)
  if (after === undefined) return []
  const before = verdictOf(change.before, change.credential, context)
  const joined = change.after.length > change.before.length ? change.after.at(-1)?.agent : undefined
  const wasAccused = new Set(before?.accused.map(({ agent }) => agent))
  const isAccused = new Set(after.accused.map(({ agent }) => agent))
  // Else what was reported of the others still stands.
  const concernsAll =
    before?.uses[0]?.agent !== after.uses[0]?.agent || (joined !== undefined && joined === after.holder?.agent)
  const about: About[] = []
  for (const use of after.uses) {
    const { agent } = use
    const corrected = wasAccused.has(agent)
    if (isAccused.has(agent)) {
      if (concernsAll || !corrected) about.push({ use, corrected, accused: true })
    } else if (corrected) about.push({ use, corrected, accused: false })
  }
  return about.map((of, number) => findingOf(change, after, { ...of, number, context }))
}

interface About {
  readonly use: FirstUse
  /** Something else was reported of the agent before. */
  readonly corrected: boolean
  readonly accused: boolean
}

function findingOf(
  change: CredentialChange,
  { uses, holder, others }: Verdict,
  { use, corrected, accused, number, context }: About & { number: number; context: FindingContext },
): Finding {
  const { credential, tenant } = change
  // A reader takes one finding a place.
  const place = number === 0 ? change.place : { ...change.place, topic: `${change.place.topic}#${number}` }
  const score = corrected ? correctedScore : sharedScore
  const users: CredentialUser[] = uses.map(({ agent, registered, time }) => ({
    ...{ agent, tier: context.tierOf(tenant, agent), registered, first_used_at: time },
  }))
  const { seen, whose } = credentialSentence({
    ...{ credential, uses, holder, others },
    // Uses are kept in the order in which they arrived.
    arrivedFirst: change.after[0]?.agent,
  })
  const reason = `${corrected ? 'More is known now: ' : ''}${seen} ${whose}`
  // Whom evidence gives the credential to must not lose it by being cleared.
  const cleared = !accused && holder?.agent === use.agent
  return {
    ...subjectOf(use, {
      place,
      tier: context.tierOf(tenant, use.agent),
      session: use.session ?? `~${credential}`,
    }),
    id: findingIdOf(change, use.agent),
    credential_id: credential,
    ...(holder === undefined ? {} : { credential_holder: holder }),
    credential_users: users,
    score,
    risk: score,
    p_value: cleared ? 1 : sharedPValue,
    severity: cleared ? 'low' : 'critical',
    cause: 'credential_shared',
    target: credential,
    held_out: false,
    contributions: [
      { feature: 'credential_shared', value: 1, contribution: score, expected: 'one agent a credential', seen },
    ],
    reasons: [reason],
    // The history that counts is the credential's, not the agent's: sharing needs none to be wrong.
    evidence: {
      profile_events: 0,
      profile_days: 0,
      peer_group: '*',
      peers: uses.length - 1,
      knowledge_version: context.version,
      model: context.model,
    },
    techniques: techniquesOf('credential_shared'),
  }
}

/** Of the event that the record reported and of the agent that is spoken of: one record may tell of several, and again of one. */
function findingIdOf({ place, tenant, credential, event }: CredentialChange, agent: string): string {
  const identity = JSON.stringify([place.topic, tenant, credential, event.id, event.content_hash, agent])
  return `fnd_${createHash('sha256').update(identity).digest('hex').slice(0, 24)}`
}
