/** How the call that a value came out of was itself rooted: in the request, in nothing (no arguments), in memory, or in values of the agent's own making. */
export type Root = 'requested' | 'ambient' | 'context' | 'invented'

/** Where a value of an argument came from: the step that returned it, or one of the three below. */
export interface Origin {
  readonly source: string
  /** How the returning call was rooted; '' where the source is no call. */
  readonly root: Root | ''
  /** Ordinal in the session of the call that returned it; 0 where the source is no call. */
  readonly call: number
  /** Id of that call's event. */
  readonly event?: string
}

/** Sources that are no step; a step always holds a '/'. */
export const requestSource = 'request'
export const contextSource = 'context'
export const selfSource = 'self'
const fromRequest: readonly Origin[] = [{ source: requestSource, root: '', call: 0 }]
const fromContext: readonly Origin[] = [{ source: contextSource, root: '', call: 0 }]
const fromSelf: readonly Origin[] = [{ source: selfSource, root: '', call: 0 }]

/** Calls of a session whose values are remembered, and values of them all; the oldest call makes room. */
export const rememberedCallsMax = 64
export const rememberedValuesMax = 4_096
/** Values of requests; the oldest request makes room. */
const requestValuesMax = 512
const originsMax = 4

/** What one event brought into the session. `at`: its ordinal in the session, from 1. */
export interface RememberedCall {
  readonly at: number
  /** Id of the event, so that a person can look at what fed a later call. */
  readonly event: string
  readonly step: string
  readonly root: Root
  /** Values put before the agent from memory or retrieved text, by its arguments, and by what came back. */
  readonly context: readonly string[]
  readonly used: readonly string[]
  readonly returned: readonly string[]
}

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

/** Where a value stood: each list is made when it has something to hold. */
class Places {
  requests = 0
  /** Ordinals of calls that used the value, and the calls (or contexts) that carried it, oldest first. */
  used: number[] | null = null
  carried: Carried[] | null = null
}

interface Carried {
  readonly call: RememberedCall
  readonly context: boolean
}

/**
 * Where the values of one session's arguments came from: a bounded memory of what its events carried.
 *
 * The emitter hashes id-like values with a key of its own (DESIGN section 4): hashes are compared, content is never known.
 * All of it is forgotten with the session: profiles count flows (which step's output feeds which argument), not values.
 */
export class SessionValues {
  private readonly calls: RememberedCall[] = []
  private readonly requests: RememberedRequest[] = []
  /** Most values are carried by one output and used by no call: then that call says it all. */
  private readonly places = new Map<string, Places | RememberedCall>()
  private values = 0
  /** False once an event did not say what it returned or something was forgotten: what is found nowhere may have come from there. */
  private complete = true

  get size(): number {
    return this.values
  }

  get isComplete(): boolean {
    return this.complete
  }

  /** Ordinals of the oldest call and the oldest request remembered, 0 for none: from there on the memory can be built again. */
  get callsFrom(): number {
    return this.calls[0]?.at ?? 0
  }

  get requestsFrom(): number {
    return this.requests[0]?.at ?? 0
  }

  /** What the agent was asked to do: before its call. */
  takeRequest(at: number, values: readonly string[]): void {
    if (values.length === 0) return
    this.requests.push({ at, values })
    for (const value of values) this.placesOf(value).requests++
    let total = 0
    for (const request of this.requests) total += request.values.length
    while (total > requestValuesMax && this.requests.length > 1) {
      const oldest = this.requests.shift() as RememberedRequest
      total -= oldest.values.length
      this.complete = false
      for (const value of oldest.values) this.release(value, (places) => places.requests--)
    }
  }

  /**
   * Where a value came from, as far as is known: the request; else up to four steps whose output carried it before the agent
   * first used it (an output that gives the agent's own argument back is no origin); else the agent. `context` holds what was
   * put before the agent for this very call. Null where it may have come from something not seen or forgotten.
   */
  originsOf(value: string, context: readonly string[]): readonly Origin[] | null {
    const places = this.places.get(value)
    if (places !== undefined) {
      if (!(places instanceof Places)) return [originOf(places)]
      if (places.requests > 0) return fromRequest
      const origins = carriersOf(places)
      if (origins !== null) return origins
    }
    if (context.includes(value)) return fromContext
    return this.complete ? fromSelf : null
  }

  /** A call after it happened. `said`: whether the event says what came back at all. */
  takeCall(call: RememberedCall, said: boolean): void {
    if (!said) this.complete = false
    if (sizeOf(call) > 0) this.remember(call)
  }

  /** Drops everything: the session's memory made room for another session's. */
  forgetAll(): void {
    this.calls.length = 0
    this.requests.length = 0
    this.places.clear()
    this.values = 0
    this.complete = false
  }

  toState(): SessionValuesState {
    return { calls: this.calls, requests: this.requests, complete: this.complete }
  }

  /** From a checkpoint, or from the stored events since `callsFrom` and `requestsFrom`. */
  static fromState({ calls, requests, complete }: SessionValuesState): SessionValues {
    const values = new SessionValues()
    for (const { at, values: requested } of requests) values.takeRequest(at, requested)
    for (const call of calls) values.remember(call)
    values.complete = complete
    return values
  }

  private remember(call: RememberedCall): void {
    this.calls.push(call)
    this.carryContext(call)
    for (let at = 0; at < call.used.length; at++) {
      const places = this.placesOf(call.used[at] as string)
      if (places.used === null) places.used = [call.at]
      else places.used.push(call.at)
    }
    this.returnValues(call)
    this.values += sizeOf(call)
    while (this.calls.length > rememberedCallsMax || (this.values > rememberedValuesMax && this.calls.length > 1))
      this.forgetOldest()
  }

  private carryContext(call: RememberedCall): void {
    if (call.context.length === 0) return
    const carried: Carried = { call, context: true }
    for (const value of call.context) addCarried(this.placesOf(value), carried)
  }

  private returnValues(call: RememberedCall): void {
    let carried: Carried | undefined
    for (let at = 0; at < call.returned.length; at++) {
      const value = call.returned[at] as string
      if (this.places.has(value)) {
        carried ??= { call, context: false }
        addCarried(this.placesOf(value), carried)
      } else this.places.set(value, call)
    }
  }

  private forgetOldest(): void {
    const call = this.calls.shift() as RememberedCall
    this.complete = false
    this.values -= sizeOf(call)
    for (const value of call.used) this.release(value, (places) => places.used?.shift())
    for (const value of call.context) this.release(value, (places) => places.carried?.shift())
    for (const value of call.returned) this.release(value, (places) => places.carried?.shift())
  }

  private release(value: string, drop: (places: Places) => void): void {
    const places = this.places.get(value)
    if (places instanceof Places) {
      drop(places)
      if (places.requests > 0 || !isEmpty(places.used) || !isEmpty(places.carried)) return
    }
    this.places.delete(value)
  }

  private placesOf(value: string): Places {
    const known = this.places.get(value)
    if (known instanceof Places) return known
    const places = new Places()
    if (known !== undefined) places.carried = [{ call: known, context: false }]
    this.places.set(value, places)
    return places
  }
}

function addCarried(places: Places, carried: Carried): void {
  if (places.carried === null) places.carried = [carried]
  // A list that is pushed to takes room for sixteen more.
  else if (places.carried.length < fewCarriers) places.carried = [...places.carried, carried]
  else places.carried.push(carried)
}

const fewCarriers = 4

const isEmpty = (list: readonly unknown[] | null): boolean => list === null || list.length === 0

/** Up to four steps (or contexts) that carried a value before the agent first used it; null: none. */
function carriersOf({ used, carried }: Places): Origin[] | null {
  if (carried === null) return null
  const firstUse = used?.[0] ?? Number.POSITIVE_INFINITY
  let origins: Origin[] | null = null
  for (let at = 0; at < carried.length; at++) {
    const { call, context } = carried[at] as Carried
    if (call.at >= firstUse || origins?.length === originsMax) break
    const source = context ? contextSource : call.step
    if (origins !== null && hasSource(origins, source)) continue
    const origin = context ? { source, root: '' as const, call: 0 } : originOf(call)
    if (origins === null) origins = [origin]
    else origins.push(origin)
  }
  return origins
}

function hasSource(origins: readonly Origin[], source: string): boolean {
  for (let at = 0; at < origins.length; at++) if ((origins[at] as Origin).source === source) return true
  return false
}

const originOf = ({ step, root, at, event }: RememberedCall): Origin => ({ source: step, root, call: at, event })

const sizeOf = (call: RememberedCall): number => call.context.length + call.used.length + call.returned.length
