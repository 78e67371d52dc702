/** Verdicts are some a minute at most; beyond so many of one issuer within their life none more of it is taken. */
export const seenVerdictsMax = 2_000

/** Where an id stood first: its offset in `agent.verdicts.v1`, its log time, and whose it is. */
export interface VerdictPlace {
  readonly offset: number
  readonly at: number
  readonly issuer: string
}

/** Ids of verdicts that have counted, taken or refused: each counts once, at the place where it first stood. */
export interface SeenVerdicts {
  /** Where this id stood first, as an offset in `agent.verdicts.v1`. */
  placeOf(id: string): number | undefined
  /** False where its issuer has no room left: then the verdict must be refused. What one issuer gives takes none from another. */
  record(id: string, place: VerdictPlace): boolean
  /** Below this offset every verdict has its outcome in the log. */
  answeredBelow: number
}

/** Remembers an id for as long as its verdict could still count otherwise. At most `max` of each issuer that the policy names. */
export function createSeenVerdicts(rememberMs: number, max = seenVerdictsMax): SeenVerdicts {
  const places = new Map<string, VerdictPlace>()
  const ofIssuer = new Map<string, number>()
  let newest = 0
  const count = (issuer: string, step: number): void => {
    ofIssuer.set(issuer, (ofIssuer.get(issuer) ?? 0) + step)
  }
  const forgetOld = (): void => {
    for (const [id, { at, issuer }] of places) {
      if (at >= newest - rememberMs) continue
      places.delete(id)
      count(issuer, -1)
    }
  }
  const isFull = (issuer: string): boolean => (ofIssuer.get(issuer) ?? 0) >= max
  return {
    answeredBelow: 0,
    placeOf: (id) => places.get(id)?.offset,
    record: (id, place) => {
      newest = Math.max(newest, place.at)
      if (places.has(id)) return true
      if (isFull(place.issuer)) forgetOld()
      if (isFull(place.issuer)) return false
      places.set(id, place)
      count(place.issuer, 1)
      return true
    },
  }
}
