import assert from 'node:assert/strict'
import type { NewRecord } from '@straylight/runtime/log'
import type { Alert } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { surplusOf } from './alert-book.ts'
import { type AlertChange, closedAlert } from './alert-change.ts'
import { alertSummary } from './alert-summary.ts'
import { planDeliveries } from './plan-deliveries.ts'
import type { RespondMemory } from './recover-memory.ts'
import { type JournalState, journalRecord } from './respond-journal.ts'
import { signedCommand } from './signed-command.ts'
import type { Signer } from './signing-keys.ts'

/** What a turn of the loop has changed and must reach the log before anything follows from it. */
export interface Turn {
  readonly commands: RevocationCommand[]
  readonly journal: { alert: Alert; state: JournalState; sends: boolean }[]
}

export const newTurn = (): Turn => ({ commands: [], journal: [] })

export interface TurnContext {
  readonly memory: RespondMemory
  readonly turn: Turn
  readonly policy: Policy
  /** Whether webhooks are told; never in a replay. */
  readonly delivers: boolean
  readonly now: () => number
}

/** Takes a change into memory and into the turn's output. */
export function applyChange(context: TurnContext, change: AlertChange): Alert {
  const { memory, turn, policy } = context
  const revision = (memory.book.get(change.alert.id)?.revision ?? 0) + 1
  const raised = { ...change.alert, revision }
  const told = { ...raised, summary: alertSummary(raised) }
  const alert = context.delivers ? planDeliveries(told, change, policy, memory.disabled) : told
  memory.book.put(alert)
  journal(turn, alert, memory, change.send !== undefined)
  if (change.send !== undefined) send(context, change.send)
  keepBound(context, alert.id)
  return alert
}

/** Puts a command into the turn's output. It counts in the breakers from here on. */
export function send({ memory, turn, now }: TurnContext, command: RevocationCommand): void {
  const { tenant_id: tenant, agent_id: agent } = command.subject
  memory.breakers.record({ id: command.id, tenant, agent, at: Date.parse(command.issued_at) })
  memory.sent.record(command, now())
  turn.commands.push(command)
}

/**
 * Later revisions of the same alert replace the one before, but only next to it: any first part of the journal must be
 * a state that respond could have been in. A revision with a command stays: it is the proof that the command was decided.
 */
function journal(turn: Turn, alert: Alert, memory: RespondMemory, sends: boolean): void {
  const state = { processed: memory.processed, disabled: memory.disabled }
  const last = turn.journal.at(-1)
  if (last !== undefined && last.alert.id === alert.id && !last.sends) turn.journal.pop()
  turn.journal.push({ alert, state, sends })
}

/** Beyond its bound the book drops closed alerts; should all be open, the ones at rest for longest are closed. */
function keepBound(context: TurnContext, except: string): void {
  const { book } = context.memory
  const { drop, close } = surplusOf(book)
  for (const alert of drop) book.drop(alert.id)
  for (const alert of close.filter(({ id }) => id !== except)) {
    const closed = { ...closedAlert(alert, 'quiet', alert.evidence_at), revision: alert.revision + 1 }
    const told = { ...closed, summary: alertSummary(closed) }
    journal(context.turn, told, context.memory, false)
    book.drop(alert.id)
  }
}

/** The turn as records: commands first, each signed, then the journal. */
export async function recordsOf(context: TurnContext, signer: Signer): Promise<NewRecord[]> {
  const { commands, journal } = context.turn
  const ids = new Set(commands.map((command) => command.id))
  assert.equal(ids.size, commands.length, 'a command goes out once a turn')
  const sentAt = context.now()
  const signed = await Promise.all(commands.map((command) => signedCommand(command, signer, sentAt)))
  return [...signed, ...journal.map(({ alert, state }) => journalRecord(alert, state))]
}
