import type { Log } from '@straylight/runtime/log/log'
import type { Alert } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import { type AlertIndex, createAlertIndex } from '../alert/alert-index.ts'
import { createNotificationBudget, type NotificationBudget } from '../alert/notification-budget.ts'
import { surplusOf } from '../alert/surplus-alerts.ts'
import { commandInToken, createSentCommands, type SentCommands } from '../command/sent-commands.ts'
import type { PublicKey } from '../command/signing-keys.ts'
import { verifyCommand } from '../command/verify-command.ts'
import { type CircuitBreakers, countedCommand, createCircuitBreakers } from '../decide/circuit-breakers.ts'
import { createSeenVerdicts, type SeenVerdicts } from '../verdict/seen-verdicts.ts'
import { verdictLifeMs } from '../verdict/verdict-life.ts'
import { foldOutcomes } from '../verdict/verdict-outcomes.ts'
import type { ProcessedPositions } from './processed-positions.ts'
import { foldJournal } from './respond-journal.ts'

/** All that respond remembers. Nothing of it is kept anywhere but in the log. */
export interface RespondMemory {
  readonly alertIndex: AlertIndex
  readonly breakers: CircuitBreakers
  readonly sent: SentCommands
  readonly seen: SeenVerdicts
  readonly budget: NotificationBudget
  /** Alerts that were closed or forgotten to make room, and not told of yet. */
  madeRoom: number
  processed: ProcessedPositions
  /** Journalled as sent, and not in the topic: respond died between the two. */
  unsent: RevocationCommand[]
}

/** Reads the topic of commands, the journal of alerts and the outcomes of verdicts to their ends. */
export async function recoverMemory(log: Log, policy: Policy, publicKey: PublicKey): Promise<RespondMemory> {
  const breakers = createCircuitBreakers(policy.breakers)
  const sent = createSentCommands()
  await readCommands(log, publicKey, { breakers, sent })

  const alertIndex = createAlertIndex()
  const journalled = new Map<string, RevocationCommand>()
  const { processed } = await foldJournal(wholeTopic(log, topics.alerts.name), (alert) => {
    keepRevision(alertIndex, alert)
    for (const command of sentOf(alert)) journalled.set(command.id, command)
    // The alertIndex's bound holds here too; answered and old commands are of no use for sending again.
    if (journalled.size > 1000) dropOldest(journalled)
  })
  const unsent = [...journalled.values()].filter((command) => sent.get(command.id) === undefined)
  const seen = createSeenVerdicts(verdictLifeMs(policy))
  await foldOutcomes(wholeTopic(log, topics.verdictResults.name), seen)
  return { alertIndex, breakers, sent, seen, budget: createNotificationBudget(), madeRoom: 0, processed, unsent }
}

/** Commands that this revision says are out, whatever became of the topic. */
function sentOf({ command, command_state, restores = [] }: Alert): RevocationCommand[] {
  const own = command !== undefined && command_state === 'sent' ? [command] : []
  return [...own, ...restores.filter(({ state }) => state === 'sent').map((restore) => restore.command)]
}

function keepRevision(alertIndex: AlertIndex, alert: Alert): void {
  // A zombie of a former owner may have written late: the higher revision is the alert.
  if ((alertIndex.get(alert.id)?.revision ?? 0) >= alert.revision) return
  alertIndex.put(alert)
  for (const surplus of surplusOf(alertIndex).drop) alertIndex.drop(surplus.id)
}

async function readCommands(
  log: Log,
  publicKey: PublicKey,
  into: { breakers: CircuitBreakers; sent: SentCommands },
): Promise<void> {
  for await (const record of wholeTopic(log, topics.revocations.name)) {
    const token = record.value.toString()
    // What was signed with an earlier key still counts for the breakers, but can't stand for a sending of ours.
    const checked = await verifyCommand(token, publicKey, 0)
    const command = checked.valid ? checked.command : commandInToken(token)
    if (command === null) continue
    if (checked.valid) into.sent.record(command, record.timestamp)
    if (command.action === 'restore' || command.mode !== 'enforce') continue
    into.breakers.record(countedCommand(command))
  }
}

async function* wholeTopic(log: Log, topic: string) {
  const place = { topic, partition: 0 }
  const from = await log.startOffset(place)
  const to = await log.endOffset(place)
  if (to > from) yield* log.read(place, from, to)
}

function dropOldest(commands: Map<string, RevocationCommand>): void {
  const oldest = commands.keys().next().value
  if (oldest !== undefined) commands.delete(oldest)
}
