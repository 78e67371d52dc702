import type { LogRecord } from '@straylight/runtime/log/log'
import type { Verdict } from '@straylight/schemas/verdict'
import type { VerdictOutcome } from '@straylight/schemas/verdict-outcome'
import { applyChange } from '../alert/apply-change.ts'
import { applyVerdict } from '../verdict/apply-verdict.ts'
import { passkeyFault } from '../verdict/passkey-fault.ts'
import { seenVerdictsMax } from '../verdict/seen-verdicts.ts'
import type { VerdictEffect } from '../verdict/verdict-effect.ts'
import { outOfLife } from '../verdict/verdict-life.ts'
import { verifyVerdict } from '../verdict/verdict-token.ts'
import { surroundingsOf, type Taking } from './taking.ts'

/** What is refused before an alert is looked at. */
type Turned = { readonly refused: string; readonly message: string }

/** Takes a verdict, once, and writes what became of it: whoever gave it waits for that. */
export async function applyVerdictRecord(taking: Taking, record: LogRecord): Promise<void> {
  const { context, options } = taking
  const { memory } = context
  const known = record.offset <= memory.processed.verdicts
  // A crash between journal and answer: what was taken stands, and whoever gave it still waits.
  if (known && record.offset < memory.seen.answeredBelow) return
  const checked = await verifyVerdict(record.value.toString(), options.policy.issuers)
  const signed = 'verdict' in checked ? checked.verdict : checked.signed
  const at = Math.min(record.timestamp, options.now())
  const before = signed === undefined ? null : counted(taking, signed, { offset: record.offset, at })
  if (known) {
    context.turn.outcomes.push(outcomeAgain(taking, signed, { offset: record.offset, at }))
    return
  }
  memory.processed = { ...memory.processed, verdicts: record.offset }
  // What is a verdict and counts nothing is answered; what is none was never one.
  if ('refused' in checked && checked.refused === 'malformed') {
    taking.asides.unreadable(record, `is no verdict: ${checked.detail}`)
  }
  const effect = before ?? (await effectOf(taking, checked, at))
  tell(taking, record, { effect, verdict: signed, at })
}

/** Each id counts at the place where it first stood, whatever became of it there; null where this is that place. */
function counted({ context }: Taking, { id, issuer }: Verdict, place: { offset: number; at: number }): Turned | null {
  const { seen } = context.memory
  const before = seen.placeOf(id)
  if (before === undefined && !seen.record(id, { ...place, issuer })) {
    return {
      refused: 'too_many',
      message: `More than ${seenVerdictsMax} verdicts of ${issuer} within the hour: none of it is taken now.`,
    }
  }
  if (before === undefined || before === place.offset) return null
  return { refused: 'replayed', message: 'This verdict has counted before. Give a new one.' }
}

async function effectOf(
  taking: Taking,
  checked: Awaited<ReturnType<typeof verifyVerdict>>,
  at: number,
): Promise<VerdictEffect | Turned> {
  if ('refused' in checked) return { refused: checked.refused, message: `The policy refuses it: ${checked.detail}.` }
  const { verdict } = checked
  const { options, context, population } = taking
  const old = outOfLife(verdict, options.policy, { logTime: at, now: options.now() })
  if (old !== null) return { refused: 'out_of_life', message: `The verdict does not count: ${old}.` }
  const held = context.memory.alertIndex.get(verdict.alert_id)?.command
  if (held !== undefined && held.id === verdict.command_id) {
    const unproven = await passkeyFault(verdict, held, options.policy)
    if (unproven !== null) return { refused: 'no_passkey', message: unproven }
  }
  const version = held?.evidence.knowledge_version ?? 0
  const releases = verdict.answer === 'approve' && held !== undefined
  const agents = releases ? await population.of(verdict.tenant, version) : 0
  return applyVerdict(surroundingsOf(taking), verdict, { at, agents })
}

function tell(
  { context, counts, options }: Taking,
  record: LogRecord,
  reported: { effect: VerdictEffect | Turned; verdict: Verdict | undefined; at: number },
): void {
  const { effect, verdict, at } = reported
  const named = { verdict_offset: record.offset, ...namesOf(verdict), time: at }
  if ('refused' in effect) {
    counts.add('verdicts_refused')
    const place = { topic: record.topic, offset: record.offset }
    const { refused: reason, message } = effect
    options.logger?.warn({ ...place, reason, detail: message }, 'a verdict was refused and changed nothing')
    context.turn.outcomes.push({ ...named, accepted: false, code: reason, message })
    return
  }
  const { change, accepted, code, message } = effect
  counts.add('verdicts_taken')
  if (change.alert.state === 'closed') counts.add('alerts_closed')
  if (change.send !== undefined) counts.add('commands_sent')
  const { command, command_state } = applyChange(context, change)
  const stands = command === undefined ? {} : { command_id: command.id, command_state }
  context.turn.outcomes.push({ ...named, accepted, code, message, ...stands })
}

/** The answer to a verdict that was taken before a restart and not answered. */
function outcomeAgain(
  { context }: Taking,
  verdict: Verdict | undefined,
  { offset, at }: { offset: number; at: number },
): VerdictOutcome {
  const alert = context.memory.alertIndex.get(verdict?.alert_id ?? '')
  const accepted = verdict !== undefined && alert?.verdicts.some(({ id }) => id === verdict.id) === true
  const message = accepted
    ? `It was taken before a restart of respond. ${alert?.summary ?? ''}`
    : 'It was refused, or read, before a restart of respond, and changed nothing. Look at the alert.'
  const code = accepted ? 'accepted' : 'refused_before'
  return { verdict_offset: offset, ...namesOf(verdict), accepted, code, message, time: at }
}

const namesOf = (verdict: Verdict | undefined) =>
  verdict === undefined ? {} : { verdict_id: verdict.id, alert_id: verdict.alert_id, issuer: verdict.issuer }
