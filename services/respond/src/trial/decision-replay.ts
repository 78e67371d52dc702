import type { Tier } from '@straylight/schemas/agent'
import type { Alert } from '@straylight/schemas/alert'
import { minuteMs } from '@straylight/schemas/duration'
import type { Cause, Severity } from '@straylight/schemas/finding'
import type { Policy, Response } from '@straylight/schemas/policy'
import type { Verdict } from '@straylight/schemas/verdict'
import type { AlertChange } from '../alert/alert-change.ts'
import { createAlertIndex } from '../alert/alert-index.ts'
import { applyChange, newTurn, type TurnContext } from '../alert/apply-change.ts'
import { createNotificationBudget } from '../alert/notification-budget.ts'
import { createSentCommands } from '../command/sent-commands.ts'
import { applyFinding, type DecisionContext, type FoundRecord } from '../decide/apply-finding.ts'
import { createCircuitBreakers } from '../decide/circuit-breakers.ts'
import { applyDueTime } from '../decide/due-time.ts'
import { strongerOf } from '../decide/severity.ts'
import { noPositions } from '../journal/processed-positions.ts'
import type { RespondMemory } from '../journal/recover-memory.ts'
import { createRespondCounts } from '../respond-counts.ts'
import { applyVerdict } from '../verdict/apply-verdict.ts'
import { createSeenVerdicts } from '../verdict/seen-verdicts.ts'
import { type ReplayedCommand, replayedCommand } from './replayed-command.ts'

/** An alert as a policy would have made it. */
export interface ReplayedAlert {
  readonly id: string
  readonly tenant: string
  readonly agent: string
  readonly tier: Tier
  readonly cause: Cause
  readonly target: string
  readonly severity: Severity
  readonly summary: string
  /** The strongest answer it was given. */
  readonly answer: Response
  /** Log time, milliseconds since 1970 UTC. */
  readonly opened_at: number
  /** The event that opened it. */
  readonly event_id: string
  readonly findings: number
}

/** What a policy made of findings. */
export interface ReplayedDecisions {
  readonly alerts: ReadonlyMap<string, ReplayedAlert>
  /** The alert that each finding went to, by the finding's id; those that went to none are not in it. */
  readonly alertOf: ReadonlyMap<string, string>
  readonly commands: readonly ReplayedCommand[]
}

/** Takes findings and verdicts in the order of their log times. */
export interface DecisionReplay {
  found(record: FoundRecord): void
  /** A true or false of somebody; `about` names its alert where another policy would have called it otherwise. */
  said(verdict: Verdict, at: number, about?: ReplayedAlert): void
  readonly decided: ReplayedDecisions
}

/** What is due by time is done once so many milliseconds of log time. */
const dueEveryMs = 5 * minuteMs
/** A turn of the loop holds at most so many findings. */
const turnFindingsMax = 1_000

/**
 * Decides about findings anew, by the code that decides in earnest and with nothing but its input: no log, no clock, no webhook. The
 * detector is taken to be well, brokers to obey at once, and nobody to approve anything.
 */
export function createDecisionReplay(policy: Policy): DecisionReplay {
  let now = 0
  let dueAt = 0
  let taken = 0
  const memory = emptyMemory(policy)
  const counts = createRespondCounts()
  let context: TurnContext = { memory, turn: newTurn(memory), policy, delivers: false, now: () => now }
  const around: DecisionContext = {
    ...{ alertIndex: memory.alertIndex, breakers: memory.breakers, policy, issuer: 'replay' },
    alreadySent: () => undefined,
    sentFor: () => [],
    unwell: () => null,
    now: () => now,
  }
  const alerts = new Map<string, ReplayedAlert>()
  const alertOf = new Map<string, string>()
  const commands: ReplayedCommand[] = []

  const passTo = (at: number): void => {
    now = Math.max(now, at)
    if (now < dueAt) return
    dueAt = now + dueEveryMs
    applyDueTime(context, now, counts)
  }
  const apply = (change: AlertChange): Alert => {
    const before = memory.alertIndex.get(change.alert.id)
    const alert = applyChange(context, change)
    const command = replayedCommand(before, alert, change.at)
    if (command !== undefined) commands.push(command)
    if (change.send === undefined) return alert
    // Brokers are taken to obey.
    return applyChange(context, { alert: { ...alert, command_state: 'applied' }, at: change.at, notify: [] })
  }
  const endTurn = (): void => {
    taken += 1
    if (taken % turnFindingsMax === 0) context = { ...context, turn: newTurn(memory) }
  }
  return {
    decided: { alerts, alertOf, commands },
    found: (record) => {
      const { finding } = record
      passTo(finding.log_time)
      const outcome = applyFinding(around, record)
      if ('change' in outcome) {
        if ('before' in outcome && outcome.before !== undefined) apply(outcome.before)
        const alert = apply(outcome.change)
        alerts.set(alert.id, replayedAlert(alerts.get(alert.id), alert, finding.event_id))
        if (outcome.outcome !== 'withdrawn') alertOf.set(finding.id, alert.id)
      }
      endTurn()
    },
    said: (verdict, at, about) => {
      if (verdict.answer !== 'true' && verdict.answer !== 'false') return
      passTo(at)
      const own = memory.alertIndex.get(verdict.alert_id)
      const alert = own ?? (about === undefined ? undefined : memory.alertIndex.latest(about))
      if (alert === undefined) return
      // What the person saw had other revisions: here the word itself counts.
      const said = { ...verdict, alert_id: alert.id, alert_revision: alert.revision }
      const effect = applyVerdict(around, said, { at, agents: 0 })
      if ('change' in effect) apply(effect.change)
    },
  }
}

function emptyMemory(policy: Policy): RespondMemory {
  return {
    alertIndex: createAlertIndex(),
    breakers: createCircuitBreakers(policy.breakers),
    sent: createSentCommands(),
    seen: createSeenVerdicts(0),
    budget: createNotificationBudget(),
    madeRoom: 0,
    processed: noPositions(),
    unsent: [],
  }
}

function replayedAlert(before: ReplayedAlert | undefined, alert: Alert, eventId: string): ReplayedAlert {
  const { id, tenant, agent, tier, cause, target, severity, summary, response, opened_at, finding_count } = alert
  return {
    ...{ id, tenant, agent, tier, cause, target, severity, summary, opened_at },
    answer: before === undefined ? response : strongerOf(before.answer, response),
    event_id: before?.event_id ?? eventId,
    findings: finding_count,
  }
}
