import type { Finding } from '@straylight/schemas/finding'
import type { PlannedCommand } from '../decide/circuit-breakers.ts'
import { whoIsHit } from '../decide/who-is-hit.ts'
import { smallestRevocation } from './smallest-revocation.ts'

/** What the breakers would count of the finding's command, if it went out at this log time. */
export function plannedCommand(finding: Finding, at: number): PlannedCommand {
  const { match, subject } = smallestRevocation(finding)
  const { basis } = whoIsHit(finding)
  const credential = match === 'credential' && basis === undefined ? subject.credential_id : undefined
  return { tenant: finding.tenant, agent: finding.agent, credential, at }
}
