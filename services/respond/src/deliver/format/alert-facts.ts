import type { Alert } from '@straylight/schemas/alert'
import { unregisteredTier } from '@straylight/schemas/unregistered-tier'
import { byGravity } from '../../alert/leading-finding.ts'
import type { AlertMessage } from './webhook-renderer.ts'

/** What has happened, in the words that stand above a message. */
export function headlineOf({ alert, event }: AlertMessage): string {
  const words: Record<AlertMessage['event'], string> = {
    'agent.alert.created': 'New alert',
    'agent.alert.updated': 'Alert updated',
    'agent.alert.closed': 'Alert closed',
    'agent.approval.requested': 'Approval needed',
    'agent.command.issued': 'Command sent',
    'agent.command.waiting': 'Command waits',
    'agent.command.completed': 'Command done',
    'agent.command.failed': 'Command failed',
    'agent.webhook.test': 'Test, nothing happened',
    'agent.digest.daily': 'Digest of a day',
  }
  return `${words[event]} · ${alert.severity}`
}

/** What a person looks for beside the sentence, a name and a value each. */
export function factsOf({ alert }: AlertMessage): [name: string, value: string][] {
  const facts: [string, string | undefined][] = [
    ['Agent', alert.agent],
    ['Owner', alert.owner ?? (isRegistered(alert) ? 'nobody: the registry names none' : 'not registered')],
    ['Tier', isRegistered(alert) ? alert.tier : unregisteredTier(alert.tier)],
    ['Tenant', alert.tenant],
    ['Cause', alert.cause.replaceAll('_', ' ')],
    ['Target', alert.target],
    ['Alert', alert.id],
  ]
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
}

/** As the registry was at the latest finding; taken for registered where no finding is left to say it. */
const isRegistered = ({ findings, role_change }: Alert): boolean =>
  role_change !== undefined || findings.at(-1)?.registered !== false

/** The gravest findings' strongest reasons: what was expected, and what was seen. */
export function comparisonsOf({ alert }: AlertMessage, detail: number): { expected: string; seen: string }[] {
  return [...alert.findings]
    .sort(byGravity)
    .slice(0, detail)
    .flatMap(({ contributions: [first] }) => (first === undefined ? [] : [first]))
}

/** A name in which nothing can be written but a name. */
export const plainName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/

/** The alert with nothing in it that an agent chose, but a plain name: for a receiver that refused the whole, and where there is no room. */
export function plainAlert(alert: Alert): Alert {
  const { owner: _owner, response_limited_by: _limit, command: _command, restores: _restores, ...rest } = alert
  const agent = plainName.test(alert.agent) ? alert.agent : 'an agent with an unusual name'
  const tenant = plainName.test(alert.tenant) ? alert.tenant : 'a tenant with an unusual name'
  const summary = `${agent}: ${alert.severity} alert, ${alert.cause.replaceAll('_', ' ')}. The whole text was refused or too long; straylight explain ${alert.id} has it.`
  return { ...rest, agent, tenant, summary, target: 'not said here', findings: [], event_ids: [] }
}
