/** Verdicts are some a minute at most; beyond so many within their life none is taken. */
export const seenVerdictsMax = 10_000

/** Ids of verdicts that have counted, taken or refused: each counts once, at the place where it first stood. */
export interface SeenVerdicts {
  /** Where this id stood first, as an offset in `agent.verdicts.v1`. */
  placeOf(id: string): number | undefined
  /** False where there is no room: then the verdict must be refused. */
  record(id: string, offset: number, at: number): boolean
  /** Below this offset every verdict has its outcome in the log. */
  answeredBelow: number
}

/** Remembers an id for as long as its verdict could still count otherwise. */
export function createSeenVerdicts(rememberMs: number, max = seenVerdictsMax): SeenVerdicts {
  const places = new Map<string, { offset: number; at: number }>()
  let newest = 0
  const forgetOld = (): void => {
    for (const [id, { at }] of places) if (at < newest - rememberMs) places.delete(id)
  }
  return {
    answeredBelow: 0,
    placeOf: (id) => places.get(id)?.offset,
    record: (id, offset, at) => {
      newest = Math.max(newest, at)
      if (places.has(id)) return true
      if (places.size >= max) forgetOld()
      if (places.size >= max) return false
      places.set(id, { offset, at })
      return true
    },
  }
}
