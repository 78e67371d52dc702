import { techniquesOf } from '@straylight/models/cause'
import { type LogPlace, subjectOf } from '@straylight/models/finding-of'
import type { LogRecord } from '@straylight/runtime/log'
import type { Tier } from '@straylight/schemas/agent'
import { CredentialUse } from '@straylight/schemas/credential-use'
import type { Finding } from '@straylight/schemas/finding'
import { Marker } from '@straylight/schemas/knowledge'

/** Credentials remembered a partition; the one not used for longest goes first. */
const credentialsMax = 200_000
/** Agents remembered of one credential: beyond them it is shared anyway. */
const agentsMax = 16
/** Nobody shares a credential by chance: the finding stands far beyond any budget. */
const sharedScore = 40
const sharedPValue = 1e-9

/** What knowledge says of a finding. */
export interface CredentialContext {
  tierOf(tenant: string, agent: string): Tier
  readonly version: number
  readonly model: string
}

/** The second agent of a credential, and who had it before. */
export interface SharedUse {
  readonly use: CredentialUse
  readonly others: readonly string[]
  readonly place: LogPlace
}

/**
 * Who used which credential, by first uses alone (topic `agent.credentials.v1`): the second agent of a credential is a finding.
 * Judged from that stream only, its markers included, so every instance that holds the partition comes to the same.
 */
export class CredentialBook {
  private readonly agents = new Map<string, string[]>()
  /** What the partition's last marker switched on; the first version before any. */
  version = 1

  /** Takes a record; returns what to make a finding of, if anything. */
  take(record: LogRecord): SharedUse | undefined {
    const message = parsed(record.value.toString())
    if (record.headers.type === 'marker') {
      this.version = Math.max(this.version, Marker.safeParse(message).data?.version ?? 0)
      return undefined
    }
    const use = CredentialUse.safeParse(message).data
    // Somebody else writes the topic: nothing to judge, and no reason to stop.
    if (use === undefined) return undefined
    const key = `${use.tenant}|${use.credential_id}`
    const known = this.agents.get(key) ?? []
    this.agents.delete(key)
    this.agents.set(key, known)
    if (this.agents.size > credentialsMax) this.agents.delete(this.agents.keys().next().value as string)
    if (known.includes(use.agent)) return undefined
    const others = [...known]
    if (known.length < agentsMax) known.push(use.agent)
    if (others.length === 0) return undefined
    const place = {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      log_time: record.timestamp,
    }
    return { use, others, place }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON, so neither a use nor a marker: the schemas then refuse it.
    return undefined
  }
}

export function sharedFinding({ use, others, place }: SharedUse, context: CredentialContext): Finding {
  const { event } = use
  const seen = `credential ${use.credential_id} at ${use.agent}`
  const expected = `one agent a credential; until now it was ${others.join(', ')}`
  return {
    ...subjectOf(event, {
      place,
      tier: context.tierOf(use.tenant, use.agent),
      session: event.session ?? `~${use.credential_id}`,
    }),
    credential_id: use.credential_id,
    score: sharedScore,
    risk: sharedScore,
    p_value: sharedPValue,
    severity: 'critical',
    cause: 'credential_shared',
    target: use.credential_id,
    held_out: false,
    contributions: [{ feature: 'credential_shared', value: 1, contribution: sharedScore, expected, seen }],
    reasons: [`credential at two agents: ${seen} (usual: ${expected})`],
    // The history that counts is the credential's, not the agent's: sharing needs none to be wrong.
    evidence: {
      profile_events: 0,
      profile_days: 0,
      peer_group: '*',
      peers: others.length,
      knowledge_version: context.version,
      model: context.model,
    },
    techniques: techniquesOf('credential_shared'),
  }
}
