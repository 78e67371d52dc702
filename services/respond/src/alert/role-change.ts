import type { Alert, RoleChange, RoleMember } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'
import type { Cause, Finding } from '@straylight/schemas/finding'
import { stricterTier } from '../decide/policy-answer.ts'

/** What peers begin together where a tool, an action or a destination is rolled out to them. */
const begunCauses: ReadonlySet<Cause> = new Set<Cause>(['new_system', 'new_action', 'new_destination'])
/** So long after the latest of them another agent still begins with them, by log time. */
export const joinWithinMs = dayMs
/** Bounds of an alert's list of agents, so that a revision stays far below the log's record limit; who comes beyond has an alert of his own. */
const agentsMax = 500
const agentBytesMax = 60_000

/** What names a change of a role: the same for all peers that begin the same thing. Absent where a finding is of no such change. */
export function roleChangeKey({ tenant, cause, target, evidence }: Finding): string | undefined {
  const { peer_group: group } = evidence
  if (!begunCauses.has(cause) || !isRole(group)) return undefined
  return JSON.stringify([tenant, group, cause, target])
}

/** Everybody of a tenant together is no role. */
const isRole = (group: string): boolean => group.startsWith('role:') || group.startsWith('like:')

/** The change that an alert is about, or may become about. */
export function roleChangeKeyOf({ findings, role_change, cause, target }: Alert): string | undefined {
  const [first] = findings
  // An alert for many targets is about nothing that peers could begin as well.
  if (first === undefined || first.cause !== cause || first.target !== target) return undefined
  if (role_change === undefined) return roleChangeKey(first)
  return JSON.stringify([first.tenant, role_change.group, cause, target])
}

/**
 * Whether an agent that begins the same at this log time joins the alert: while it is open, within a day of the latest who did. What a person
 * has spoken of takes no further agents, for nobody has looked at them.
 */
export function acceptsPeers(alert: Alert, logTime: number): boolean {
  if (alert.state === 'closed' || alert.verdicts.length > 0 || isFull(alert)) return false
  return logTime - (alert.role_change?.joined_at ?? alert.opened_at) <= joinWithinMs
}

const isFull = ({ role_change: change }: Alert): boolean =>
  change !== undefined &&
  (change.agents.length >= agentsMax || Buffer.byteLength(JSON.stringify(change.agents)) > agentBytesMax)

/** The alert with the agent of the finding in it; the same one where it is already. */
export function withPeer(alert: Alert, finding: Finding): Alert {
  const members = membersOf(alert)
  const size = Math.max(alert.role_change?.size ?? 0, finding.evidence.peers + 1)
  if (members.some(({ agent }) => agent === finding.agent)) {
    const known = alert.role_change
    return known === undefined || known.size === size ? alert : { ...alert, role_change: { ...known, size } }
  }
  const { agent, owner, tier, log_time } = finding
  const agents = [...members, { agent, ...(owner === undefined ? {} : { owner }), tier }]
  const group = alert.role_change?.group ?? finding.evidence.peer_group
  const role_change: RoleChange = { group, size: Math.max(size, agents.length), agents, joined_at: log_time }
  return { ...alert, role_change }
}

/** The agents that an alert is about. */
export const membersOf = ({
  role_change,
  agent,
  owner,
  tier,
}: Pick<Alert, 'role_change' | 'agent' | 'owner' | 'tier'>): readonly RoleMember[] =>
  role_change?.agents ?? [{ agent, ...(owner === undefined ? {} : { owner }), tier }]

/**
 * An alert about several keeps its first agent's owner, and the strictest tier; `joined` is what evidence made of it. Whoever owns or
 * watches another of them hears of it by the list.
 */
export function aboutAll(before: Alert, joined: Alert): Alert {
  if (joined.role_change === undefined) return joined
  const { owner: _owner, ...rest } = joined
  return {
    ...rest,
    ...(before.owner === undefined ? {} : { owner: before.owner }),
    tier: stricterTier(before.tier, joined.tier),
  }
}

/**
 * Whether people hear that another agent has joined: of the second, then at each doubling, of the last, where its owner has not heard, and
 * of one that matters more than all before it.
 */
export function isNewsOf(before: Alert, after: Alert): boolean {
  const [known, now] = [membersOf(before), membersOf(after)]
  if (now.length === known.length) return false
  const count = now.length
  const isPower = (count & (count - 1)) === 0
  const latest = now.at(-1)
  if (stricterTier(before.tier, after.tier) !== before.tier) return true
  return isPower || count === after.role_change?.size || !known.some(({ owner }) => owner === latest?.owner)
}

/** 'role:helpdesk' as people say it. */
export function groupInWords(group: string, name: (text: string) => string): string {
  const said = name(group.slice(group.indexOf(':') + 1))
  return (group.startsWith('role:') ? [said, 'agents'] : ['agents like', said]).join(' ')
}
