import assert from 'node:assert/strict'
import type { NewRecord } from '@straylight/runtime/log/log'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { VerdictOutcome } from '@straylight/schemas/verdict-outcome'
import { signedCommand } from '../command/signed-command.ts'
import type { Signer } from '../command/signing-keys.ts'
import { countedCommand } from '../decide/circuit-breakers.ts'
import { isKnownAgent } from '../decide/known-agent.ts'
import { severityRank } from '../decide/severity.ts'
import { detectionRecord } from '../deliver/detection-record.ts'
import { planDeliveries, wants } from '../deliver/plan-deliveries.ts'
import type { FoundAt } from '../journal/processed-positions.ts'
import type { RespondMemory } from '../journal/recover-memory.ts'
import { journalRecord } from '../journal/respond-journal.ts'
import { createTurnJournal, type TurnJournal } from '../journal/turn-journal.ts'
import { outcomeRecord } from '../verdict/verdict-outcomes.ts'
import { type AlertChange, closedAlert } from './alert-change.ts'
import { alertsMax } from './alert-index.ts'
import { alertSummary } from './alert-summary.ts'
import { membersOf } from './role-change.ts'
import { roomMade, surplusOf } from './surplus-alerts.ts'

/** What a turn of the loop has changed and must reach the log before anything follows from it. */
export interface RespondTurn {
  readonly commands: RevocationCommand[]
  readonly journal: TurnJournal
  /** What became of verdicts. */
  readonly outcomes: VerdictOutcome[]
  /** The same news as OCSF Detection Findings, for whoever reads them from the log. */
  readonly detections: NewRecord[]
}

export function newTurn(memory: RespondMemory): RespondTurn {
  const finished = (alert: Alert): Alert => {
    const reported = { ...alert, summary: alertSummary(alert) }
    memory.alertIndex.put(reported)
    return reported
  }
  return { commands: [], journal: createTurnJournal(() => memory.processed, finished), outcomes: [], detections: [] }
}

export interface TurnContext {
  readonly memory: RespondMemory
  readonly turn: RespondTurn
  readonly policy: Policy
  /** Whether webhooks announce it; never in a replay. */
  readonly delivers: boolean
  readonly now: () => number
}

/** Takes a change into memory and into the turn's output. `found`: the finding that it comes of. */
export function applyChange(context: TurnContext, change: AlertChange, found?: FoundAt): Alert {
  const { memory, turn, policy } = context
  const before = memory.alertIndex.get(change.alert.id)
  const revision = (before?.revision ?? 0) + 1
  const raised = membersSince(before, { ...change.alert, revision, ...speakableSince(before, change.alert, revision) })
  const notify = context.delivers ? announcedEvents(context, change, before) : []
  if (found !== undefined && before !== undefined && notify.length === 0 && isEvidenceOnly(change, before)) {
    memory.alertIndex.put(raised)
    turn.journal.defer(raised, found)
    return raised
  }
  const reported = { ...raised, summary: alertSummary(raised) }
  const alert = planDeliveries(reported, { notify, at: change.at }, policy, context.now())
  memory.alertIndex.put(alert)
  if (context.delivers) turn.detections.push(...change.notify.map((event) => detectionRecord(alert, event, change.at)))
  const sends = change.send !== undefined
  turn.journal.write(alert, { found, sends, inOrder: found === undefined || sends })
  if (change.send !== undefined) send(context, change.send)
  keepBound(context, alert.id)
  return alert
}

/** Whether a finding adds to its alert, and nobody and nothing else has to hear of it now. What is said of the reason may differ. */
function isEvidenceOnly({ alert, send }: AlertChange, before: Alert): boolean {
  return (
    send === undefined &&
    alert.state === before.state &&
    alert.severity === before.severity &&
    // Who looks at the alert sees everybody in it.
    membersOf(alert).length === membersOf(before).length &&
    alert.command_state === before.command_state &&
    // What shadow would have done is recorded, and nothing follows from it.
    (alert.command?.id === before.command?.id || alert.command_state === 'shadow')
  )
}

/**
 * What people hear of it: all that is decided; of new, graver and reopened alerts what the budget lets through. An alert of which
 * nobody has heard yet is announced with its next evidence, and nobody hears that it was closed.
 */
function announcedEvents(context: TurnContext, { alert, notify }: AlertChange, before: Alert | undefined) {
  const { memory, policy } = context
  const unheard = before !== undefined && before.deliveries.length === 0
  const grows = before !== undefined && alert.finding_count > before.finding_count
  const wanted = notify.length === 0 && unheard && grows ? (['agent.alert.created'] as const) : notify
  return wanted.filter((event) => {
    if (event === 'agent.alert.closed') return !unheard
    if (event !== 'agent.alert.created' && event !== 'agent.alert.updated') return true
    if (!policy.webhooks.some((webhook) => wants(webhook, alert))) return false
    const rises = before !== undefined && severityRank(alert.severity) > severityRank(before.severity)
    return memory.budget.allows({ alert, isKnown: isKnownAgent(alert, policy), rises, at: context.now() })
  })
}

/** From which revision on a verdict may speak of this command, and of this severity. */
function speakableSince(before: Alert | undefined, after: Alert, revision: number) {
  const heldAnew = after.command_state === 'held' && before?.command_state !== 'held'
  const sameCommand = before?.command?.id === after.command?.id && !heldAnew
  const sameSeverity = before?.severity === after.severity && (before.state === 'closed') === (after.state === 'closed')
  return {
    command_revision: sameCommand ? before?.command_revision : revision,
    severity_revision: sameSeverity ? before.severity_revision : revision,
  }
}

/** From which revision on a verdict may speak of all agents of the alert. */
function membersSince(before: Alert | undefined, after: Alert): Alert {
  const { role_change: change, revision } = after
  if (change === undefined || change.agents.length === before?.role_change?.agents.length) return after
  return { ...after, role_change: { ...change, joined_revision: revision } }
}

/** Puts a command into the turn's output. It counts in the breakers from here on, unless it takes another one back. */
export function send({ memory, turn, now }: TurnContext, command: RevocationCommand): void {
  if (command.action !== 'restore') memory.breakers.record(countedCommand(command))
  memory.sent.record(command, now())
  turn.commands.push(command)
}

/** Beyond its bound the index forgets the alerts that are missed least and gives up their waiting messages; both are logged. */
function keepBound(context: TurnContext, except: string): void {
  const { memory, policy } = context
  const { alertIndex } = memory
  if (alertIndex.size <= alertsMax) return
  const { drop, close } = surplusOf(alertIndex, alertsMax - roomMade, (alert) => isKnownAgent(alert, policy))
  for (const alert of drop) alertIndex.drop(alert.id)
  for (const alert of close.filter(({ id }) => id !== except)) {
    const closed = alert.state === 'closed' ? alert : closedAlert(alert, 'made_room', alert.evidence_at)
    const deliveries = alert.deliveries.map(
      (one): Delivery =>
        one.state === 'due' ? { ...one, state: 'failed', body: '', last_error: 'the alert had to make room' } : one,
    )
    const settled = { ...closed, deliveries, revision: alert.revision + 1 }
    const reported = { ...settled, summary: alertSummary(settled) }
    context.turn.journal.write(reported, { sends: false, inOrder: false })
    alertIndex.drop(alert.id)
    memory.madeRoom++
  }
}

/**
 * The turn as records: commands first, each signed, then detections, then the journal, then the answers to whoever gave verdicts. What
 * stands before the journal is written again by a turn that was cut off, and known by its id.
 */
export async function recordsOf(context: TurnContext, signer: Signer): Promise<NewRecord[]> {
  const { commands, outcomes } = context.turn
  const journal = context.turn.journal.end()
  const ids = new Set(commands.map((command) => command.id))
  assert.equal(ids.size, commands.length, 'a command goes out once a turn')
  const sentAt = context.now()
  const signed = await Promise.all(commands.map((command) => signedCommand(command, signer, sentAt)))
  return [
    ...signed,
    ...context.turn.detections.splice(0),
    ...journal.map(({ alert, state }) => journalRecord(alert, state)),
    ...outcomes.map(outcomeRecord),
  ]
}
