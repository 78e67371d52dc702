import type { Log } from '@straylight/runtime/log/log'
import type { Alert } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import { type AlertIndex, createAlertIndex } from '../alert/alert-index.ts'
import { createNotificationBudget, type NotificationBudget } from '../alert/notification-budget.ts'
import { surplusOf } from '../alert/surplus-alerts.ts'
import { createSentCommands, type SentCommands } from '../command/sent-commands.ts'
import type { PublicKey } from '../command/signing-keys.ts'
import { verifyCommand } from '../command/verify-command.ts'
import { type CircuitBreakers, countedCommand, createCircuitBreakers } from '../decide/circuit-breakers.ts'
import { foldVerdicts } from '../verdict/fold-verdicts.ts'
import { createSeenVerdicts, type SeenVerdicts } from '../verdict/seen-verdicts.ts'
import { verdictLifeMs } from '../verdict/verdict-life.ts'
import { answeredBelow } from '../verdict/verdict-outcomes.ts'
import type { ProcessedPositions } from './processed-positions.ts'
import { foldJournal } from './respond-journal.ts'

/** All that respond remembers. Nothing of it is kept anywhere but in the log. */
export interface RespondMemory {
  readonly alertIndex: AlertIndex
  readonly breakers: CircuitBreakers
  readonly sent: SentCommands
  readonly seen: SeenVerdicts
  readonly budget: NotificationBudget
  /** Alerts that were closed or forgotten to make room, and not logged yet. */
  madeRoom: number
  processed: ProcessedPositions
  /** Journalled as sent, and not in the topic: respond died between the two. */
  unsent: RevocationCommand[]
}

/**
 * Reads the topic of commands, the journal of alerts, verdicts and their outcomes to the ends that they have now. Of what others could have
 * written only what is signed counts, by our own key or by an issuer's; the journal is believed.
 */
export async function recoverMemory(
  log: Log,
  policy: Policy,
  { publicKey, now }: { publicKey: PublicKey; now: number },
): Promise<RespondMemory> {
  const breakers = createCircuitBreakers(policy.breakers)
  const sent = createSentCommands()
  await readCommands(log, publicKey, sent)
  for (const { command } of sent.values()) count(breakers, command)

  const alertIndex = createAlertIndex()
  const journalled = new Map<string, RevocationCommand>()
  const { processed } = await foldJournal(wholeTopic(log, topics.alerts.name), (alert) => {
    keepRevision(alertIndex, alert)
    for (const command of sentOf(alert)) journalled.set(command.id, command)
    // What an earlier key has signed is known from here alone.
    if (alert.command !== undefined && wentOut.has(alert.command_state)) count(breakers, alert.command)
    // The alertIndex's bound holds here too; answered and old commands are of no use for sending again.
    if (journalled.size > 1000) dropOldest(journalled)
  })
  const unsent = [...journalled.values()].filter((command) => sent.get(command.id) === undefined)
  const seen = createSeenVerdicts(verdictLifeMs(policy))
  await foldVerdicts(wholeTopic(log, topics.verdicts.name), seen, { policy, now })
  const end = await log.endOffset({ topic: topics.verdicts.name, partition: 0 })
  seen.answeredBelow = await answeredBelow(wholeTopic(log, topics.verdictResults.name), end)
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

/** States of a command that only one that went out can have. */
const wentOut: ReadonlySet<Alert['command_state']> = new Set(['sent', 'applied', 'refused', 'unanswered', 'restored'])

function count(breakers: CircuitBreakers, command: RevocationCommand): void {
  if (command.action !== 'restore' && command.mode === 'enforce') breakers.record(countedCommand(command))
}

/** What our key has not signed was written by somebody else: it shuts no breaker, and stands for no sending of ours. */
async function readCommands(log: Log, publicKey: PublicKey, sent: SentCommands): Promise<void> {
  for await (const record of wholeTopic(log, topics.revocations.name)) {
    const checked = await verifyCommand(record.value.toString(), publicKey, 0)
    if (checked.valid) sent.record(checked.command, record.timestamp)
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
