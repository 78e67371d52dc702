import { type Origin, type RememberedCall, withOrigin } from './value-origin.ts'

interface Carried {
  readonly call: RememberedCall
  readonly context: boolean
}

/** Where a value stood: each list is made when it has something to hold. */
class Places {
  requests = 0
  /** Ordinals of calls that used the value, and the calls (or contexts) that carried it, oldest first. */
  used: number[] | null = null
  carried: Carried[] | null = null
}

/** An index of where the values of a long session stood: the same answers as going through its requests and calls. */
export class ValuePlaces {
  /** Most values are carried by one output and used by no call: then that call says it all. */
  private readonly places = new Map<string, Places | RememberedCall>()

  static of(
    requests: readonly { readonly values: readonly string[] }[],
    calls: readonly RememberedCall[],
  ): ValuePlaces {
    const places = new ValuePlaces()
    for (const { values } of requests) places.addRequest(values)
    for (const call of calls) places.addCall(call)
    return places
  }

  isRequested(value: string): boolean {
    const places = this.places.get(value)
    return places instanceof Places && places.requests > 0
  }

  /** Up to four steps (or contexts) that carried a value before the agent first used it; null: none. */
  carriersOf(value: string): Origin[] | null {
    const places = this.places.get(value)
    if (places === undefined) return null
    if (!(places instanceof Places)) return withOrigin(null, places, false)
    const firstUse = places.used?.[0] ?? Number.POSITIVE_INFINITY
    let origins: Origin[] | null = null
    for (const { call, context } of places.carried ?? []) {
      if (call.at >= firstUse) break
      origins = withOrigin(origins, call, context)
    }
    return origins
  }

  addRequest(values: readonly string[]): void {
    for (const value of values) this.placesOf(value).requests++
  }

  dropRequest(values: readonly string[]): void {
    for (const value of values) this.release(value, (places) => places.requests--)
  }

  addCall(call: RememberedCall): void {
    for (const value of call.context) addCarried(this.placesOf(value), { call, context: true })
    for (const value of call.used) {
      const places = this.placesOf(value)
      if (places.used === null) places.used = [call.at]
      else places.used.push(call.at)
    }
    for (const value of call.returned) {
      if (this.places.has(value)) addCarried(this.placesOf(value), { call, context: false })
      else this.places.set(value, call)
    }
  }

  /** Takes the oldest call out. */
  dropCall(call: RememberedCall): void {
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
  else places.carried.push(carried)
}

const isEmpty = (list: readonly unknown[] | null): boolean => list === null || list.length === 0
