import { z } from 'zod'

/**
 * How far respond has taken its inputs. Stands in a header of every journal record, cumulative, so the last record of
 * the journal alone tells it; a restart drops what is not above.
 */
export const ProcessedPositions = z.object({
  /** By `topic/partition` of the judged events, not of the findings: two instances of score may write one twice. */
  findings: z.record(z.string(), z.number().int()).default({}),
  /** Offsets taken above that, while findings of earlier events are still to come; some hundred at most (`openFromHeader`). */
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
const placeOf = (log: { topic: string; partition: number }): string => `${log.topic}/${log.partition}`

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
export function afterProcessing(processed: ProcessedPositions, { log, open_from }: FoundAt): ProcessedPositions {
  const place = placeOf(log)
  const whole = Math.max(
    processed.findings[place] ?? -1,
    Math.min(log.offset, (open_from ?? Number.MAX_SAFE_INTEGER) - 1),
  )
  const above = [...(processed.ahead[place] ?? []), log.offset].filter((offset) => offset > whole)
  const { [place]: _known, ...others } = processed.ahead
  return {
    ...processed,
    findings: { ...processed.findings, [place]: whole },
    ahead: above.length === 0 ? others : { ...others, [place]: above },
  }
}
