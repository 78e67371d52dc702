import type { Alert, PostponedDecision } from '@straylight/schemas/alert'
import type { AlertChange } from '../alert/alert-change.ts'
import { applyChange, type TurnContext } from '../alert/apply-change.ts'
import { withoutPostponed } from '../alert/postponed-decisions.ts'
import { commandId, revocationCommandOf } from '../command/revocation-command-of.ts'
import { subjectInWords } from '../command/subject-in-words.ts'
import type { RespondCounts } from '../respond-counts.ts'
import { answered, milder } from './answer-alert.ts'
import { type DecisionContext, passingLimits } from './apply-finding.ts'
import { decideResponse } from './decide-response.ts'
import { asksAboutOne, waitsForTurn } from './next-in-turn.ts'

/**
 * Decides again what the detector's state kept from its answer, what would expire first first, and tells of what has expired
 * meanwhile. What a decision needs stands in the alert, so a restart changes nothing.
 */
export function decidePostponed(
  context: TurnContext,
  around: DecisionContext,
  now: number,
  counts: RespondCounts,
): void {
  const { alertIndex } = context.memory
  const waiting = [...alertIndex.waiting()].filter(({ postponed }) => postponed !== undefined)
  for (const { id } of waiting.sort((one, other) => firstEnd(one) - firstEnd(other))) {
    for (const decision of alertIndex.get(id)?.postponed ?? []) {
      const alert = alertIndex.get(id)
      // An answer to one may have settled another that would have hit the same.
      if (alert?.postponed?.includes(decision) !== true) continue
      const change = decidedAgain(around, alert, decision, now)
      if (change === null) continue
      if (change.send !== undefined) counts.add('commands_sent')
      applyChange(context, change)
    }
  }
}

const firstEnd = ({ postponed = [] }: Alert): number => Math.min(...postponed.map(({ until }) => until))

/** Null: it waits on. */
function decidedAgain(
  around: DecisionContext,
  alert: Alert,
  postponed: PostponedDecision,
  now: number,
): AlertChange | null {
  const { policy } = around
  const { finding, until } = postponed
  const rest = withoutPostponed(alert, (one) => one === postponed)
  if (waitsForTurn(postponed)) {
    if (now >= until) return { alert: rest, at: now, notify: [] }
    if (asksAboutOne(alert)) return null
  }
  const sent = around.alreadySent(commandId(finding, policy)) !== undefined
  if (!sent && now >= until) return lapsed(rest, around, postponed, now)
  // A person's no since then has taken it out of the alert.
  const limits = { ...passingLimits(around, postponed, now), answered: null }
  const decision = decideResponse(finding, policy, limits)
  if (decision.limitedByCode === undefined) {
    return answered({ around, found: postponed, at: now, decision, notify: [] }, withoutCode(rest))
  }
  // Well again, and a breaker is shut: it may open in time.
  const reported = milder(alert, decision)
  if (decision.limitedByCode === 'unwell' || reported.limited_by_code === alert.limited_by_code) return null
  return { alert: reported, at: now, notify: [] }
}

/** The words of the state that has passed; an answer brings its own. */
function withoutCode(alert: Alert): Alert {
  if (alert.limited_by_code === undefined || alert.postponed !== undefined) return alert
  const { limited_by_code: _code, response_limited_by: _limit, ...rest } = alert
  return rest
}

/** Nothing was revoked in time, and whoever works on the alert reads why. */
function lapsed(alert: Alert, around: DecisionContext, postponed: PostponedDecision, now: number): AlertChange {
  const { finding, digest, limited_by, until } = postponed
  const { policy, issuer } = around
  const reason = alert.limited_by_code === 'breaker' ? `${limited_by}; then ${alert.response_limited_by}` : limited_by
  const origin = { finding, digest, alertId: alert.id, policy, issuer, tier: finding.tier, at: finding.log_time }
  const subject = subjectInWords(revocationCommandOf({ ...origin, decision: 'auto', mode: 'enforce' }))
  const limit = `${subject} was not revoked: ${reason}. That lasted until ${new Date(until).toISOString()}, when a command would have expired`
  // Words of a command that was sent, held or refused since are not replaced.
  const free = alert.response === 'alert' || alert.response_limited_by === undefined
  const reported = free ? { response_limited_by: limit } : {}
  return { alert: { ...alert, ...reported }, at: now, notify: ['agent.command.failed'] }
}
