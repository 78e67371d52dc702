import { z } from 'zod'

/**
 * How far respond has taken its inputs. Stands in a header of every journal record, cumulative, so the last record of
 * the journal alone tells it; a restart drops what is not above.
 */
export const ProcessedPositions = z.object({
  /** By `topic/partition` of the judged events, not of the findings: two instances of score may write one twice. */
  findings: z.record(z.string(), z.number().int()).default({}),
  /** Offsets in the topics themselves. */
  verdicts: z.number().int().default(-1),
  results: z.number().int().default(-1),
})
export type ProcessedPositions = z.infer<typeof ProcessedPositions>

export const noPositions = (): ProcessedPositions => ({ findings: {}, verdicts: -1, results: -1 })

/** The higher of both, each input by itself. */
export function furthestOf(one: ProcessedPositions, other: ProcessedPositions): ProcessedPositions {
  const findings = { ...one.findings }
  for (const [place, offset] of Object.entries(other.findings)) {
    findings[place] = Math.max(findings[place] ?? -1, offset)
  }
  return {
    findings,
    verdicts: Math.max(one.verdicts, other.verdicts),
    results: Math.max(one.results, other.results),
  }
}

/** The place of a finding's event; a finding not above the highest offset there has been taken already. */
export const placeOf = (log: { topic: string; partition: number }): string => `${log.topic}/${log.partition}`
