import { straysBeyondTool } from '@straylight/models/features/strays-beyond-tool'
import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { type AlertIndex, alertGroupOf } from './alert-index.ts'
import { nameInSentence } from './name-in-sentence.ts'
import { groupInWords, membersOf, roleChangeKey } from './role-change.ts'

/**
 * Why a person decides about an agent that begins what others of its role have begun: that nobody announced a tool is one question, and no
 * command against each who uses it. Null where nobody else has begun it, where a person has called it right, and where the finding says more
 * than that: data that leaves, an amount, a privilege, a credential or a burst is answered as it is of one agent alone.
 */
export function begunByPeers(alertIndex: AlertIndex, finding: Finding): string | null {
  const { cause, agent } = finding
  if (roleChangeKey(finding) === undefined || cause === 'new_destination' || straysBeyondTool(finding)) return null
  const own = alertIndex.latest(alertGroupOf(alertIndex, finding))
  const change = [own, alertIndex.ofPeers(finding)].find((alert) => isOpenChange(alert, agent))
  if (change === undefined) return null
  const begun = new Set([...membersOf(change).map((member) => member.agent), agent]).size
  const group = change.role_change?.group ?? finding.evidence.peer_group
  const who = groupInWords(group, (text) => nameInSentence(text, 80))
  return `${begun} ${who} began it, and nothing here goes beyond that`
}

function isOpenChange(alert: Alert | undefined, agent: string): boolean {
  if (alert === undefined || alert.state === 'closed') return false
  if (alert.verdicts.some(({ answer }) => answer === 'true')) return false
  return membersOf(alert).some((member) => member.agent !== agent)
}
