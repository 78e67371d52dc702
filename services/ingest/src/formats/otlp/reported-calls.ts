import { isObject, type JsonObject } from '../../record/field-reader.ts'
import { isFault } from '../format.ts'
import { codingAgentEventOf, isCodingAgent } from './agent-log-events.ts'
import { attributeNames } from './attribute-names.ts'
import { otlp } from './otlp.ts'
import { firstValue } from './record-parts.ts'
import { SpanShares } from './span-shares.ts'

/** Calls that are remembered, some 200 bytes each: the oldest of the sender that has most make room. */
const callsMax = 20_000
/** Longer ids are no ids of calls. */
const idMax = 200

interface ReportedCall {
  readonly by: 'span' | 'log'
  readonly account: string
}

/**
 * Calls that a span or a log record reported, by the id that the model gave the call: coding agents write both, and each call is one
 * event. Of two spans of one call `SpanMemory` decides; two log records of one are a call that was refused, and what came of it.
 */
export class ReportedCalls {
  private readonly calls = new Map<string, ReportedCall>()
  private readonly shares = new SpanShares()

  /** Whether a record of the other kind reported the call that this one reports; else it is this one that did. */
  isReportedOtherwise(sender: string, value: JsonObject, account: string): boolean {
    const by = value.otlp === 'log' ? 'log' : 'span'
    const id = callIdOf(value)
    if (id === null) return false
    const key = `${sender}\n${id}`
    const before = this.calls.get(key)
    if (before !== undefined) return before.by !== by
    // What cannot be read tells of nothing.
    if (isFault(otlp.read(value, {}))) return false
    this.calls.set(key, { by, account })
    this.shares.add(account, key)
    const oldest = this.calls.size > callsMax ? this.shares.oldestOfLargest() : undefined
    if (oldest === undefined) return false
    this.shares.remove(this.calls.get(oldest)?.account ?? '', oldest)
    this.calls.delete(oldest)
    return false
  }
}

/** The id of the call of a tool that a coding agent's record tells of; `null` where it tells of none, or has no id. */
function callIdOf(value: JsonObject): string | null {
  const { kind, passed_over, attributes } = value
  if (kind !== 'tool' || passed_over !== undefined || !isOfCodingAgent(value)) return null
  const id = isObject(attributes) ? firstValue(attributes, attributeNames.call) : undefined
  return typeof id === 'string' && id.length <= idMax ? id : null
}

/** By its service, which people name as they like, or by what its own records are called. */
function isOfCodingAgent({ otlp: of, name, resource }: JsonObject): boolean {
  if (of !== 'span' && of !== 'log') return false
  if (typeof name === 'string' && !name.startsWith('gen_ai.') && codingAgentEventOf(name) !== null) return true
  return isObject(resource) && isCodingAgent(resource['service.name'])
}
