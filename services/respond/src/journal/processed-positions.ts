import { z } from 'zod'

/**
 * How far respond has taken its inputs. Stands in a header of every journal record, cumulative, so the last record of
 * the journal alone tells it; a restart drops what is not above.
 */
export const ProcessedPositions = z.object({
  /** By `topic/partition` of the judged events, not of the findings: two instances of score may write one twice. */
  findings: z.record(z.string(), z.number().int()).default({}),
  /** Offsets taken above that, while findings of earlier events are still to come; or while others of the same turn wait to be written; some hundred (`openFromHeader`). */
  ahead: z.record(z.string(), z.array(z.number().int())).default({}),
  /** Offsets in the topics themselves. */
  verdicts: z.number().int().default(-1),
  results: z.number().int().default(-1),
})
export type ProcessedPositions = z.infer<typeof ProcessedPositions>

export const noPositions = (): ProcessedPositions => ({ findings: {}, ahead: {}, verdicts: -1, results: -1 })

/** The higher of both, each input by itself. */
export function furthestOf(one: ProcessedPositions, other: ProcessedPositions): ProcessedPositions {
  const findings = { ...one.findings }
  for (const [place, offset] of Object.entries(other.findings)) {
    findings[place] = Math.max(findings[place] ?? -1, offset)
  }
  const ahead: Record<string, number[]> = {}
  for (const place of new Set([...Object.keys(one.ahead), ...Object.keys(other.ahead)])) {
    const offsets = new Set([...(one.ahead[place] ?? []), ...(other.ahead[place] ?? [])])
    const above = [...offsets].filter((offset) => offset > (findings[place] ?? -1))
    if (above.length > 0) ahead[place] = above
  }
  return {
    findings,
    ahead,
    verdicts: Math.max(one.verdicts, other.verdicts),
    results: Math.max(one.results, other.results),
  }
}

/** The place of a finding's event. */
export const placeOf = (log: { topic: string; partition: number }): string => `${log.topic}/${log.partition}`

/** A finding's event, and from where on findings of its place may still come late; absent when none do. */
export interface FoundAt {
  readonly log: { readonly topic: string; readonly partition: number; readonly offset: number }
  readonly open_from?: number | undefined
}

/** Whether the finding has been taken already. */
export function isProcessed({ findings, ahead }: ProcessedPositions, { log }: FoundAt): boolean {
  const place = placeOf(log)
  return log.offset <= (findings[place] ?? -1) || ahead[place]?.includes(log.offset) === true
}

/** The positions when it has been. */
export function afterProcessing(processed: ProcessedPositions, found: FoundAt): ProcessedPositions {
  return afterAll(processed, [found], nothingOpen)
}

const nothingOpen: ReadonlyMap<string, number> = new Map()

/** The positions when all of these have been. `openFrom`: by place, an offset from which on some that came before have not. */
export function afterAll(
  processed: ProcessedPositions,
  found: readonly FoundAt[],
  openFrom: ReadonlyMap<string, number>,
): ProcessedPositions {
  const places = new Map<string, FoundAt[]>()
  for (const one of found) {
    const own = places.get(placeOf(one.log))
    if (own === undefined) places.set(placeOf(one.log), [one])
    else own.push(one)
  }
  let { findings, ahead } = processed
  for (const [place, own] of places) {
    const open = openFrom.get(place) ?? Number.MAX_SAFE_INTEGER
    let whole = findings[place] ?? -1
    for (const { log, open_from = Number.MAX_SAFE_INTEGER } of own)
      whole = Math.max(whole, Math.min(log.offset, open_from - 1, open - 1))
    const offsets = [...(ahead[place] ?? []), ...own.map(({ log }) => log.offset)]
    const above = offsets.filter((offset) => offset > whole)
    const { [place]: _known, ...others } = ahead
    findings = { ...findings, [place]: whole }
    ahead = above.length === 0 ? others : { ...others, [place]: above }
  }
  return { ...processed, findings, ahead }
}
