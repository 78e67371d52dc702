import type { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import { hourMs } from '@straylight/schemas/duration'
import { everybody } from '../event/everybody.ts'
import { partHours } from '../event/time-of-week.ts'
import { bytesText } from '../features/counts-in-words.ts'
import { type AmountField, amountThreshold } from './amount-threshold.ts'
import { hoursOfParts, hypotheticalCall, neverUsed, weekParts } from './hypothetical-call.ts'
import { type HypothesisGround, type HypotheticalOutcome, judgeHypothesis } from './judge-hypothesis.ts'

/** Something that an agent could do, and what the scorer would say of it now. */
export interface WouldAlert extends HypotheticalOutcome {
  readonly kind: 'usual' | 'amount' | 'often' | 'new' | 'where' | 'when' | 'rights' | 'outcome' | 'together'
  /** Goes on after 'It alerts if the agent …' */
  readonly deed: string
}

export interface WouldAlertInput extends HypothesisGround {
  /** Calls that the agent makes most often, the most frequent first; one at least. */
  readonly usual: readonly [AgentEvent, ...AgentEvent[]]
  /** Event time from which on it is asked, milliseconds since 1970 UTC. */
  readonly from: number
}

type Question = () => WouldAlert
type Asked = Pick<WouldAlertInput, 'judging' | 'profile' | 'usual'> & {
  readonly time: number
  readonly partTimes: ReadonlyMap<string, number>
}

/** Calls that are repeated within an hour, at most. */
const repeatedMax = 1_000
/** So long after the one before. */
const repeatedEveryMs = 3_000
const refusedMax = 200
/** Calls whose amounts are asked for. */
const amountCalls = 3

/**
 * What would alert of one agent, found by asking the scorer itself, with what is known of it and the present calibration. Yields after each
 * question, so that whoever asks beside other work can give way. The first answer is of its most usual call, which should not alert.
 */
export function* wouldAlert({ judging, profile, usual, from }: WouldAlertInput): Generator<WouldAlert> {
  const ground = { judging, profile }
  const partTimes = hoursOfParts(Math.max(from, profile().clock.clock) + hourMs)
  const parts = new Map<string, HypotheticalOutcome>()
  for (const part of weekParts) {
    const time = partTimes.get(part)
    if (time !== undefined) parts.set(part, judgeHypothesis(ground, [hypotheticalCall(usual[0], time)]))
  }
  const [best = ''] = [...parts].toSorted(([, one], [, other]) => other.p_value - one.p_value)[0] ?? []
  const time = partTimes.get(best) ?? from
  const asked: Asked = { ...ground, usual, time, partTimes }
  yield {
    kind: 'usual',
    deed: `makes its most usual call, ${stepOf(usual[0])}`,
    ...judgeHypothesis(ground, [hypotheticalCall(usual[0], time)]),
  }
  yield* timesOf(parts)
  for (const question of [...amountQuestions(asked), ...repeatQuestions(asked), ...changeQuestions(asked)]) {
    yield question()
  }
  for (const question of togetherQuestions(asked, parts)) yield question()
}

const stepOf = ({ system, action }: AgentEvent): string => `${system}/${action}`

/** Hours that alert, and those that do not, in one answer each. */
function* timesOf(parts: ReadonlyMap<string, HypotheticalOutcome>): Generator<WouldAlert> {
  const strange = [...parts].filter(([, { alerts }]) => alerts)
  const strangest = [...parts].toSorted(([, one], [, other]) => one.p_value - other.p_value)[0]
  if (strangest === undefined) return
  const [part, outcome] = strange.length === 0 ? strangest : (strange[0] ?? strangest)
  const deed =
    strange.length === 0
      ? `makes its most usual call at its most unusual hours, ${hoursInWords(part)}`
      : `makes its most usual call ${strange.map(([one]) => hoursInWords(one)).join(', or ')}`
  yield { kind: 'when', deed, ...outcome }
}

/** 'weekday 09' as people say it. */
function hoursInWords(part: string): string {
  const [day = '', from = ''] = part.split(' ')
  return `on a ${day} between ${from}:00 and ${String(Number(from) + partHours).padStart(2, '0')}:00 UTC`
}

const amountWords: Record<AmountField, { readonly verb: string; readonly text: (amount: number) => string }> = {
  bytes_sent: { verb: 'sends', text: bytesText },
  bytes_received: { verb: 'receives', text: bytesText },
  records: { verb: 'handles', text: (amount) => counted(amount, 'record') },
}

function amountQuestions(asked: Asked): Question[] {
  return asked.usual
    .slice(0, amountCalls)
    .flatMap((call) =>
      (['bytes_sent', 'bytes_received', 'records'] as const)
        .filter((field) => call[field] !== undefined)
        .map((field) => () => amountAnswer(asked, call, field)),
    )
}

function amountAnswer(asked: Asked, call: AgentEvent, field: AmountField): WouldAlert {
  const { least, outcome } = amountThreshold(asked, (amount) => hypotheticalCall(call, asked.time, { [field]: amount }))
  const { verb, text } = amountWords[field]
  const what = least === null ? 'whatever amount, up to 1 PiB,' : `${text(least)} or more`
  return { kind: 'amount', deed: `${verb} ${what} in one call of ${stepOf(call)}`, ...outcome }
}

function repeatQuestions(asked: Asked): Question[] {
  const [call] = asked.usual
  return [
    () => repeated(asked, { call, most: repeatedMax, verb: 'makes' }),
    () => repeated(asked, { call: { ...call, outcome: 'denied' }, most: refusedMax, verb: 'is refused' }),
  ]
}

/** The same call again and again, one every three seconds: how often until it alerts. */
function repeated(asked: Asked, { call, most, verb }: { call: AgentEvent; most: number; verb: string }): WouldAlert {
  const events = Array.from({ length: most }, (_none, at) => {
    const time = asked.time + at * repeatedEveryMs
    return hypotheticalCall(call, time, { id: `hypothesis-${at}` })
  })
  const outcome = judgeHypothesis(asked, events)
  const minutes = Math.max(1, Math.round((outcome.at * repeatedEveryMs) / 60_000))
  const deed = `${verb} ${counted(outcome.at, 'call')} of ${stepOf(call)} within ${counted(minutes, 'minute')}`
  return { kind: 'often', deed, ...outcome }
}

/** One thing that it never did, in a call that it makes often. */
function changeQuestions(asked: Asked): Question[] {
  const [call] = asked.usual
  const sender = asked.usual.find(({ destinations = [] }) => destinations.length > 0) ?? call
  const { credential, source, argument_names: names } = call
  const changed = (kind: WouldAlert['kind'], deed: string, changes: Partial<AgentEvent>, of = call): Question => {
    const events = [hypotheticalCall(of, asked.time, changes)]
    return () => ({ kind, deed, ...judgeHypothesis(asked, events) })
  }
  const { system, action, host, taking, agent, address, argument } = neverUsed
  return [
    changed('new', 'uses a system that it never used', { system }),
    changed('new', `does in ${call.system} what it never did there`, { action }),
    changed('new', `deletes something in ${call.system}, which it never did there`, { action: taking }),
    changed(
      'where',
      `sends to a destination outside that it never used, by ${stepOf(sender)}`,
      { destinations: [host] },
      sender,
    ),
    changed('where', `opens something to everybody, by ${stepOf(sender)}`, { destinations: [everybody] }, sender),
    changed('rights', 'acts with the privilege admin', { privilege: 'admin' }),
    changed('rights', 'acts for an agent that never called it', { parent_agent: agent }),
    ...(credential === undefined
      ? []
      : [
          changed('rights', 'uses a credential a day after it has expired', {
            credential: { ...credential, expires_at: asked.time - 24 * hourMs },
          }),
        ]),
    ...(source?.ip === undefined
      ? []
      : [changed('where', 'calls from an address that it never called from', { source: { ...source, ip: address } })]),
    ...(names === undefined
      ? []
      : [
          changed('new', `names an argument of ${stepOf(call)} that it never named`, {
            argument_names: [...names, argument],
          }),
        ]),
    changed('outcome', `fails once at ${stepOf(call)}`, { outcome: 'failure' }),
    changed('outcome', 'is warned of by another guard, as loud as can be', { signals: { guard: 1 } }),
  ]
}

/** Things that may pass alone, together. */
function togetherQuestions(asked: Asked, parts: ReadonlyMap<string, HypotheticalOutcome>): Question[] {
  const [call] = asked.usual
  const [part = ''] = [...parts].toSorted(([, one], [, other]) => one.p_value - other.p_value)[0] ?? []
  const odd = asked.partTimes.get(part) ?? asked.time
  const { system, action, host } = neverUsed
  const changed = (deed: string, time: number, changes: Partial<AgentEvent>): Question => {
    const events = [hypotheticalCall(call, time, changes)]
    return () => ({ kind: 'together', deed, ...judgeHypothesis(asked, events) })
  }
  return [
    changed('does something new in a system that it knows, and sends to a new destination outside', asked.time, {
      action,
      destinations: [host],
    }),
    changed('uses a new system, and sends to a new destination outside', asked.time, {
      system,
      action,
      destinations: [host],
    }),
    changed(`does something new ${hoursInWords(part)}`, odd, { action }),
    changed('does something new with the privilege admin', asked.time, { action, privilege: 'admin' }),
  ]
}
