import type { AgentEvent } from '@straylight/schemas/agent-event'
import { partitionKeySeparator } from '@straylight/schemas/partition-key'

type Fields = Readonly<Record<string, unknown>>
type Unchecked = Partial<Record<keyof AgentEvent, unknown>>

/**
 * Whether a value is an event: says of every value what the schema says (`schemas/src/agent-event.ts`), in a twentieth of the time, so that
 * every reader of the topic can afford it. `ingest` alone writes there, after the schema; this is for what somebody else wrote. All that is
 * made of events later, and read back through the schema, counts on it.
 */
export function isAgentEvent(value: unknown): value is AgentEvent {
  if (!isFields(value)) return false
  // Reported one by one: looked up by name in a list, the same takes four times as long.
  const { id, time, tenant, agent, system, action, format, content_hash, registered, position } = value as Unchecked
  return (
    isTime(time) &&
    isName(id) &&
    isName(tenant) &&
    !tenant.includes(partitionKeySeparator) &&
    isName(agent) &&
    isName(system) &&
    isName(action) &&
    isText(format, 1, 40) &&
    formatPattern.test(format) &&
    isText(content_hash, 16, 16) &&
    typeof registered === 'boolean' &&
    isPosition(position) &&
    hasOptionalParts(value as Unchecked)
  )
}

const formatPattern = /^[a-z0-9-]+$/

function hasOptionalParts(event: Unchecked): boolean {
  const { resource, destinations, credential, source, argument_values, signals } = event
  return (
    isNameOrNone(event.owner) &&
    isNameOrNone(event.session) &&
    isNameOrNone(event.trace) &&
    isNameOrNone(event.parent_agent) &&
    isNameOrNone(event.privilege) &&
    isNameOrNone(event.tool) &&
    isAmount(event.bytes_sent) &&
    isAmount(event.bytes_received) &&
    isAmount(event.records) &&
    (resource === undefined || isLongText(resource, 0)) &&
    isList(destinations, 64, isPlace) &&
    isList(event.internal_destinations, 64, isPlace) &&
    isList(event.argument_names, 64, isName) &&
    isList(event.result_values, 256, isHash) &&
    isList(event.request_values, 256, isHash) &&
    isList(event.context_values, 256, isHash) &&
    isList(event.dropped_fields, 16, isName) &&
    isList(event.proven, Number.POSITIVE_INFINITY, isProof) &&
    isOutcome(event.outcome) &&
    (credential === undefined || isCredential(credential)) &&
    (source === undefined || isSource(source)) &&
    (argument_values === undefined || isNamed(argument_values, isHashes)) &&
    (signals === undefined || isNamed(signals, isShare))
  )
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The schema counts characters, a pair as one: counted only where it could matter. */
function isText(value: unknown, min: number, max: number): value is string {
  if (typeof value !== 'string' || value.length < min || value.length > 2 * max) return false
  if (value.length <= max && value.length >= 2 * min) return true
  const { length } = [...value]
  return length >= min && length <= max
}

const isName = (value: unknown): value is string => isText(value, 1, 512) && isPrintable(value)
const isNameOrNone = (value: unknown): boolean => value === undefined || isName(value)
const isHash = (value: unknown): boolean => isText(value, 3, 80) && isPrintable(value)
const isHashes = (value: unknown): boolean => value !== undefined && isList(value, 64, isHash)
const isLongText = (value: unknown, min: number): boolean =>
  isText(value, min, 2048) && !value.includes('\0') && value.isWellFormed()
const isPlace = (value: unknown): boolean => isLongText(value, 1)

/** No control characters and no half of a pair. A pattern takes five times as long. */
function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return false
    if (unit >= 0xd800) return text.isWellFormed() && isPrintableFrom(text, at)
  }
  return true
}

function isPrintableFrom(text: string, from: number): boolean {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return false
  }
  return true
}

function isList(value: unknown, max: number, is: (item: unknown) => boolean): boolean {
  if (value === undefined) return true
  if (!Array.isArray(value) || value.length > max) return false
  for (const item of value) if (!is(item)) return false
  return true
}

/** Named things of one event: 64 at most. */
function isNamed(value: unknown, is: (item: unknown) => boolean): boolean {
  if (!isFields(value)) return false
  const names = Object.keys(value)
  if (names.length > 64) return false
  for (const name of names) if (!isName(name) || !is(value[name])) return false
  return true
}

/** Between 2000 and 2100. */
const isTime = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 946_684_800_000 && Number(value) <= 4_102_444_800_000
const isTimeOrNone = (value: unknown): boolean => value === undefined || isTime(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isAmount = (value: unknown): boolean => value === undefined || (isCount(value) && Number(value) <= 2 ** 50)
const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1
const isProof = (value: unknown): boolean => value === 'agent' || value === 'credential'
const isOutcome = (value: unknown): boolean =>
  value === undefined || value === 'success' || value === 'failure' || value === 'denied'

/** Here it asks more than the schema: columns of 32 bits hold partition and index. */
const isPosition = (value: unknown): boolean =>
  isFields(value) &&
  typeof value.topic === 'string' &&
  isCount(value.partition) &&
  Number(value.partition) < 2 ** 32 &&
  isCount(value.offset) &&
  isCount(value.index) &&
  Number(value.index) < 2 ** 32

const isCredential = (value: unknown): boolean =>
  isFields(value) &&
  isName(value.id) &&
  isTimeOrNone(value.issued_at) &&
  isTimeOrNone(value.expires_at) &&
  isList(value.scopes, 64, isName)

const isSource = (value: unknown): boolean => isFields(value) && isNameOrNone(value.ip) && isNameOrNone(value.host)
