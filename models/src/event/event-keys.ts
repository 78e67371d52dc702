import type { HashedContext, HashedKey } from '../profile/hashed-key.ts'
import { signalContext } from '../profile/profile-key.ts'
import type { ProfileKeyHasher } from '../profile/profile-key-hasher.ts'
import type { Flow, UsedValue } from '../provenance/flow.ts'
import { octaveOf } from '../session/activity-windows.ts'
import { amountBin } from './amount-bin.ts'
import type { EventShape } from './event-shape.ts'
import type { DestinationKeys, FlowKeys, StepKeys } from './step-keys.ts'

/**
 * Every key that an event counts under, hashed: what its features ask of, and what tables are taught after. Looked up once,
 * for looking up costs as much as comparing. Unknown fields give none.
 */
export interface EventKeys {
  readonly step: StepKeys
  readonly system: HashedKey
  /** The step after the one before it, and after the two before it; none for late events. */
  readonly bigram: HashedKey | null
  readonly trigram: HashedKey | null
  readonly arguments: HashedKey | null
  /** In the order of the shape's destinations. */
  readonly destinations: readonly DestinationKeys[]
  readonly sent: HashedKey | null
  readonly received: HashedKey | null
  /** Where totals of sessions are counted. */
  readonly sessionSent: HashedContext
  readonly sessionReceived: HashedContext
  readonly time: HashedKey
  /** In the order of the shape's flows, and of its values. */
  readonly flows: readonly FlowKeys[]
  readonly values: readonly HashedKey[]
  /** All of them in a fixed order: where a family's cap is reached, the first ones count. */
  readonly counted: readonly HashedKey[]
}

export function eventKeys(hasher: ProfileKeyHasher, shape: EventShape): EventKeys {
  const { late } = shape
  const step = hasher.step(shape.step)
  const { agentWide } = hasher
  const { sessionSent, sessionReceived } = agentWide
  const system = hasher.keyIn(agentWide.system, shape.system)
  const before = late ? null : hasher.step(shape.previous_step)
  const bigram = before && hasher.keyIn(before.after, shape.step)
  const trigram = before && hasher.keyIn(before.afterIt(shape.previous_step_2), shape.step)
  const set = shape.argument_set === null ? null : hasher.keyIn(step.arguments, shape.argument_set)
  const destinations = destinationsOf(step, shape)
  const sent = amountKey(hasher, step.sent, shape.bytes_sent)
  const received = amountKey(hasher, step.received, shape.bytes_received)
  const time = hasher.keyIn(agentWide.timeOfWeek, shape.time_of_week)
  const flows = flowsOf(step, shape)
  const values = valuesOf(hasher, step, shape)
  const counted: HashedKey[] = [system, step.own]
  if (bigram !== null && trigram !== null) counted.push(bigram, trigram)
  if (set !== null) counted.push(set)
  for (const keys of destinations) countDestination(keys, counted)
  if (sent !== null) counted.push(sent)
  if (received !== null) counted.push(received)
  if (shape.records !== null) counted.push(hasher.numberIn(step.records, amountBin(shape.records)))
  counted.push(hasher.numberIn(sessionSent, amountBin(shape.session_bytes_sent)))
  counted.push(hasher.numberIn(sessionReceived, amountBin(shape.session_bytes_received)))
  if (shape.outcome !== null) counted.push(hasher.keyIn(step.outcome, shape.outcome))
  for (const privilege of shape.privileges) counted.push(hasher.keyOf('privilege', '', privilege))
  counted.push(time)
  countCircumstances(hasher, shape, counted)
  countFlows(flows, values, counted)
  if (shape.returns) counted.push(hasher.keyOf('returning', '', shape.step))
  for (const key of step.reportedKeys(shape.told_fields)) counted.push(key)
  return {
    step,
    system,
    bigram,
    trigram,
    arguments: set,
    destinations,
    sent,
    received,
    sessionSent,
    sessionReceived,
    time,
    flows,
    values,
    counted,
  }
}

/** What counting learns of an event. */
export const hashedKeys = (hasher: ProfileKeyHasher, shape: EventShape): readonly HashedKey[] =>
  eventKeys(hasher, shape).counted

const noDestinations: readonly DestinationKeys[] = []
const noFlows: readonly FlowKeys[] = []
const noKeys: readonly HashedKey[] = []

function destinationsOf(step: StepKeys, { destinations }: EventShape): readonly DestinationKeys[] {
  if (destinations.length === 0) return noDestinations
  const keys: DestinationKeys[] = []
  for (const destination of destinations) keys.push(step.destination(destination))
  return keys
}

function countDestination(keys: DestinationKeys, counted: HashedKey[]): void {
  counted.push(keys.destination, keys.anyDestination, keys.kind, keys.anyKind)
  if (keys.external !== null) counted.push(keys.external)
}

const amountKey = (hasher: ProfileKeyHasher, of: HashedContext, amount: number | null): HashedKey | null =>
  amount === null ? null : hasher.numberIn(of, amountBin(amount))

/** Under which circumstances it was done, beside the time. */
function countCircumstances(hasher: ProfileKeyHasher, shape: EventShape, counted: HashedKey[]): void {
  if (shape.privilege_rank !== null) counted.push(hasher.keyOf('privilegeRank', '', String(shape.privilege_rank)))
  for (const { measure, total } of shape.closed)
    counted.push(hasher.numberIn(hasher.contextOf('window', measure), octaveOf(total)))
  if (shape.credential_age_hours !== null)
    counted.push(hasher.numberIn(hasher.contextOf('credentialAge', ''), octaveOf(shape.credential_age_hours)))
  if (shape.parent_agent !== null) counted.push(hasher.keyOf('delegation', '', shape.parent_agent))
  for (const source of shape.sources) counted.push(hasher.keyOf('source', '', source))
  for (const { name, level } of shape.signals)
    counted.push(hasher.numberIn(hasher.contextOf('signal', signalContext(shape.step, name)), level))
}

function flowsOf(step: StepKeys, { flows }: EventShape): readonly FlowKeys[] {
  if (flows === null || flows.length === 0) return noFlows
  const keys: FlowKeys[] = []
  for (let at = 0; at < flows.length; at++) {
    const { argument, kind, source, root } = flows[at] as Flow
    keys.push(step.sink(argument).way(kind, source, root))
  }
  return keys
}

function valuesOf(hasher: ProfileKeyHasher, step: StepKeys, { flows, values }: EventShape): readonly HashedKey[] {
  if (flows === null || values.length === 0) return noKeys
  const keys: HashedKey[] = []
  for (let at = 0; at < values.length; at++) {
    const { argument, value } = values[at] as UsedValue
    keys.push(hasher.keyIn(step.sink(argument).value, value))
  }
  return keys
}

/** Flows and values count once each, however many of an event's values took the same way. */
function countFlows(flows: readonly FlowKeys[], values: readonly HashedKey[], counted: HashedKey[]): void {
  const from = counted.length
  for (const { flow, flowRoot, flowKind, feeding } of flows) {
    countOnce(flow, counted, from)
    countOnce(flowRoot, counted, from)
    countOnce(flowKind, counted, from)
    if (feeding !== null) countOnce(feeding, counted, from)
  }
  for (const value of values) countOnce(value, counted, from)
}

function countOnce(key: HashedKey, counted: HashedKey[], from: number): void {
  for (let at = from; at < counted.length; at++) if ((counted[at] as HashedKey).key === key.key) return
  counted.push(key)
}
