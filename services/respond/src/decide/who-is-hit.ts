import type { Tier } from '@straylight/schemas/agent'
import type { CredentialHolder, Finding } from '@straylight/schemas/finding'
import { nameInSentence } from '../alert/name-in-sentence.ts'
import { smallestRevocation } from '../command/smallest-revocation.ts'

/** An agent that has a part in what was found. */
export interface ConcernedAgent {
  readonly agent: string
  readonly tier: Tier
}

/** Whom the command of a finding would hit. What an event says of a credential or a session is a claim and no evidence. */
export interface Hit {
  /** What names the accused as the holder of the credential that is hit; absent where nothing but a claim does, and of what is no credential. */
  readonly basis?: CredentialHolder['basis']
  /** The accused, and of a credential that is hit every agent that named it. */
  readonly concerned: readonly ConcernedAgent[]
  /** Whom evidence gives the credential to, and who named it as well, where the accused itself is hit and they are not. */
  readonly bystanders: readonly ConcernedAgent[]
  /** Why evidence alone does not allow to hit it, in words; null when it does. */
  readonly doubt: string | null
  /** The doubt is one that the issuing broker settles, since it knows the holder. */
  readonly brokerSettles: boolean
}

/** The agents that a finding's command would concern, and whether evidence says that it would hit the accused alone. */
export function whoIsHit(finding: Finding): Hit {
  const accused: ConcernedAgent = { agent: finding.agent, tier: finding.tier }
  const { match } = smallestRevocation(finding)
  const { credential_holder: holder } = finding
  if (match === 'credential') return credentialHit(finding, accused)
  const alone = { concerned: [accused], bystanders: [] }
  if (match === 'agent') {
    if (holder === undefined || holder.agent === accused.agent) return { ...alone, doubt: null, brokerSettles: false }
    return { concerned: [accused], ...insteadOf(holder, finding) }
  }
  const doubt = `nothing but its own events says that this session is ${shown(finding.agent)}'s`
  return { ...alone, doubt, brokerSettles: true }
}

/**
 * The credential is another's by evidence. Either the accused has taken it, or somebody who holds it has named the accused: both are
 * claims, so a person decides, and neither the other's tier nor its shadow speaks for the accused.
 */
function insteadOf(holder: CredentialHolder, finding: Finding): Omit<Hit, 'concerned'> {
  const whose = `${evidence[holder.basis]} gives this credential to ${shown(holder.agent)}, not to ${shown(finding.agent)}`
  const bystanders = distinct([holder, ...othersThatNamed(finding)])
  return { bystanders, doubt: `${whose}, which alone would be suspended`, brokerSettles: false }
}

const othersThatNamed = ({ agent: accused, credential_users: users = [] }: Finding): readonly ConcernedAgent[] =>
  users.filter(({ agent }) => agent !== accused)

function credentialHit(finding: Finding, accused: ConcernedAgent): Hit {
  const { credential_holder: holder } = finding
  const users = othersThatNamed(finding)
  const shared = users.length > 0 || finding.cause === 'credential_shared'
  return {
    ...(holder === undefined ? {} : { basis: holder.basis }),
    concerned: distinct([accused, ...users]),
    bystanders: [],
    doubt: credentialDoubt(finding, users, shared),
    brokerSettles: holder === undefined && !shared,
  }
}

function credentialDoubt(finding: Finding, users: readonly ConcernedAgent[], shared: boolean): string | null {
  const { agent, credential_holder: holder } = finding
  const others = users.length === 0 ? 'another agent' : namesOf(users)
  if (holder !== undefined) return shared ? `this credential of ${shown(agent)} was used by ${others} as well` : null
  if (shared) return `${shown(agent)} and ${others} both used this credential, and no evidence says whose it is`
  return `neither the registry nor a token says whose this credential is`
}

const evidence = { registry: 'the registry', token: 'a token of its sender' } as const

/** Three names at most: an alert is read, not searched. */
function namesOf(agents: readonly ConcernedAgent[]): string {
  const names = agents.slice(0, 3).map(({ agent }) => shown(agent))
  return agents.length > 3 ? `${names.join(', ')} and ${agents.length - 3} more` : names.join(' and ')
}

const shown = (agent: string): string => nameInSentence(agent, 80)

function distinct(agents: readonly ConcernedAgent[]): ConcernedAgent[] {
  const known = new Map<string, ConcernedAgent>()
  for (const { agent, tier } of agents) known.set(`${agent}\u001f${tier}`, { agent, tier })
  return [...known.values()]
}
