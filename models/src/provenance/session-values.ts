import { isWholeList, moreKind } from '@straylight/schemas/within-bounds'
import { isGuessable, valueKindOf } from './flow.ts'
import {
  contextSource,
  fromCut,
  type Origin,
  originsMax,
  type RememberedCall,
  requestSource,
  selfSource,
  withOrigin,
} from './value-origin.ts'
import { ValuePlaces } from './value-places.ts'

const fromRequest: readonly Origin[] = [{ source: requestSource, root: '', call: 0 }]
const fromContext: readonly Origin[] = [{ source: contextSource, root: '', call: 0 }]
const fromSelf: readonly Origin[] = [{ source: selfSource, root: '', call: 0 }]

/** Calls of a session whose values are remembered, and values of them all; the oldest call makes room. */
export const rememberedCallsMax = 64
export const rememberedValuesMax = 4_096
/** Values of requests; the oldest request makes room. */
const requestValuesMax = 512
/** Values of requests that calls are held against: the newest requests first. */
const askedMax = 64

interface RememberedRequest {
  readonly at: number
  readonly values: readonly string[]
}

/** What a checkpoint holds of a session's values. */
export interface SessionValuesState {
  readonly calls: readonly RememberedCall[]
  readonly requests: readonly RememberedRequest[]
  readonly complete: boolean
}

/**
 * Where the values of one session's arguments came from: a bounded memory of what its events carried.
 *
 * The emitter hashes id-like values with a key of its own (docs/inputs.md): hashes are compared, content is never known.
 * All of it is forgotten with the session: profiles count flows (which step's output feeds which argument), not values.
 */
export class SessionValues {
  private readonly calls: RememberedCall[] = []
  private readonly requests: RememberedRequest[] = []
  /** Made when there are so many values that going through them takes longer: most sessions end before. */
  private places: ValuePlaces | null = null
  private readonly indexedFrom: number
  /** Lists remembered that are not known in full. */
  private cuts = 0
  private values = 0
  private askedFor: readonly string[] = []
  /** False once an event did not say all that it returned or was given, or something was forgotten: what is found nowhere may have come from there. */
  private complete = true

  /** `indexedFrom`: values from which on their places are indexed. */
  constructor(indexedFrom = 256) {
    this.indexedFrom = indexedFrom
  }

  get size(): number {
    return this.values
  }

  get isComplete(): boolean {
    return this.complete
  }

  /** What the requests named and nobody can guess, the newest request first; 64 values at the most. A new list with each request. */
  get asked(): readonly string[] {
    return this.askedFor
  }

  /** Ordinals of the oldest call and the oldest request remembered, 0 for none: from there on the memory can be built again. */
  get callsFrom(): number {
    return this.calls[0]?.at ?? 0
  }

  get requestsFrom(): number {
    return this.requests[0]?.at ?? 0
  }

  /** What the agent was asked to do: before its call. */
  addRequest(at: number, values: readonly string[]): void {
    if (values.length === 0) return
    this.requests.push({ at, values })
    this.countCut(values)
    this.places?.addRequest(values)
    let total = 0
    for (const request of this.requests) total += request.values.length
    while (total > requestValuesMax && this.requests.length > 1) {
      const oldest = this.requests.shift() as RememberedRequest
      total -= oldest.values.length
      if (!isWholeList(oldest.values)) this.cuts--
      this.complete = false
      this.places?.dropRequest(oldest.values)
    }
    this.askedFor = askedIn(this.requests)
  }

  /**
   * Where a value came from, as far as is known: the request; else up to four steps whose output carried it before the agent
   * first used it (an output that gives the agent's own argument back is no origin); else the agent. `context` holds what was
   * put before the agent for this very call. What was cut off a list is an origin of its own. Null where it may have come from something not
   * seen or forgotten.
   */
  originsOf(value: string, context: readonly string[]): readonly Origin[] | null {
    if (this.isRequested(value)) return fromRequest
    const carriers = this.places === null ? carriersAmong(this.calls, value) : this.places.carriersOf(value)
    if (carriers !== null) return carriers
    if (context.includes(value)) return fromContext
    if (this.cuts > 0 || !isWholeList(context)) return fromCut
    return this.complete ? fromSelf : null
  }

  /** A call after it happened. `said`: whether the event says what came back at all. */
  addCall(call: RememberedCall, said: boolean): void {
    if (!said) this.complete = false
    if (sizeOf(call) > 0) this.remember(call)
  }

  /** Drops everything: the session's memory made room for another session's. */
  forgetAll(): void {
    this.calls.length = 0
    this.requests.length = 0
    this.places = null
    this.values = 0
    this.cuts = 0
    this.complete = false
  }

  toState(): SessionValuesState {
    return { calls: this.calls, requests: this.requests, complete: this.complete }
  }

  /** From a checkpoint, or from the stored events since `callsFrom` and `requestsFrom`. */
  static fromState({ calls, requests, complete }: SessionValuesState): SessionValues {
    const values = new SessionValues()
    for (const { at, values: requested } of requests) values.addRequest(at, requested)
    for (const call of calls) values.remember(call)
    values.complete = complete
    return values
  }

  private isRequested(value: string): boolean {
    if (this.places !== null) return this.places.isRequested(value)
    for (const { values } of this.requests) if (values.includes(value)) return true
    return false
  }

  /** A list that is not known in full leaves the session so, also when it is forgotten. */
  private countCut(values: readonly string[]): void {
    if (isWholeList(values)) return
    this.cuts++
    this.complete = false
  }

  private remember(call: RememberedCall): void {
    this.calls.push(call)
    this.countCut(call.returned)
    this.countCut(call.context)
    this.values += sizeOf(call)
    if (this.places !== null) this.places.addCall(call)
    else if (this.values > this.indexedFrom) this.places = ValuePlaces.of(this.requests, this.calls)
    while (this.calls.length > rememberedCallsMax || (this.values > rememberedValuesMax && this.calls.length > 1)) {
      const oldest = this.calls.shift() as RememberedCall
      this.complete = false
      this.values -= sizeOf(oldest)
      if (!isWholeList(oldest.returned)) this.cuts--
      if (!isWholeList(oldest.context)) this.cuts--
      this.places?.dropCall(oldest)
    }
  }
}

/** The values of requests that are no dates or small numbers, the newest request first. */
function askedIn(requests: readonly RememberedRequest[]): string[] {
  const asked: string[] = []
  for (let at = requests.length - 1; at >= 0; at--)
    for (const value of (requests[at] as RememberedRequest).values) {
      if (asked.length === askedMax) return asked
      const kind = valueKindOf(value)
      if (!isGuessable(kind) && kind !== moreKind) asked.push(value)
    }
  return asked
}

/** `ValuePlaces.carriersOf`, found by going through the calls, oldest first. */
function carriersAmong(calls: readonly RememberedCall[], value: string): Origin[] | null {
  let origins: Origin[] | null = null
  for (let at = 0; at < calls.length; at++) {
    const call = calls[at] as RememberedCall
    if (call.used.includes(value) || origins?.length === originsMax) break
    if (call.context.includes(value)) origins = withOrigin(origins, call, true)
    if (call.returned.includes(value)) origins = withOrigin(origins, call, false)
  }
  return origins
}

const sizeOf = (call: RememberedCall): number => call.context.length + call.used.length + call.returned.length
