import type { Alert } from '@straylight/schemas/alert'
import { askedAgain } from '../command/revocation-command-of.ts'
import { heldForApproval } from '../decide/answer-alert.ts'
import { type DecisionContext, passingLimits } from '../decide/apply-finding.ts'
import { decideResponse } from '../decide/decide-response.ts'
import { refused, taken, type VerdictEffect } from './verdict-effect.ts'

/**
 * Asks people about a command anew, after it lapsed: decided by the finding that it was made of, with the checks of a new finding. It is a
 * command of its own that waits for an approval of its own, also where the policy would let it go by itself.
 */
export function askAgain(around: DecisionContext, alert: Alert, by: string, at: number): VerdictEffect {
  const { command: lapsed, command_state: state } = alert
  if (lapsed === undefined || alert.state === 'closed' || state !== 'expired') {
    return refused('not_lapsed', notLapsed(alert))
  }
  const finding = alert.findings.find(({ id }) => id === lapsed.evidence.finding_id)
  if (finding === undefined) {
    const instead = 'More evidence asks by itself, or revoke at the broker.'
    return refused('not_lapsed', `The alert no longer holds the finding that ${lapsed.id} was made of. ${instead}`)
  }
  const found = { finding, digest: lapsed.evidence.digest, agents: 0 }
  const { unwell } = passingLimits(around, found, at)
  // A breaker is asked when a person approves.
  const decision = decideResponse(finding, around.policy, {
    unwell,
    begunByPeers: () => null,
    breaker: () => null,
    answered: null,
  })
  if (decision.shadow || (decision.response !== 'approve' && decision.response !== 'revoke')) {
    const why = decision.limitedBy ?? `its answer to this is "${decision.response}"`
    return refused('not_wanted', `The policy does not ask for it now: ${why}.`)
  }
  const asked = {
    ...decision,
    response: 'approve',
    limitedBy: `A person must decide: ${by} asked for it again`,
  } as const
  const change = heldForApproval({ around, found, at, decision: asked, notify: [] }, alert)
  const draft = change.alert.command
  const command = draft === undefined ? undefined : askedAgain(draft, at)
  const until = new Date(change.alert.approval_deadline ?? at).toISOString()
  return taken(
    { ...change, alert: { ...change.alert, ...(command === undefined ? {} : { command }) } },
    `${command?.id} waits for an approval until ${until}.`,
  )
}

function notLapsed({ command, command_state: state, state: alertState }: Alert): string {
  if (command === undefined) return 'The alert has no command that could be asked about again.'
  if (alertState === 'closed') return 'The alert is closed.'
  return `Its command has not lapsed: it is ${state}.`
}
