import { Finding } from '@straylight/schemas/finding'
import { parsedJson } from '@straylight/schemas/parsed-json'
import type { Ask } from '../questions/ask.ts'
import * as asked from './agent-questions.ts'

/** The latest findings of an agent, the newest first; undefined where somebody else wrote it. */
export type LatestFindings = readonly (Finding | undefined)[]

export async function latestFindings(ask: Ask, of: { tenant: string; agent: string }): Promise<LatestFindings> {
  const rows = await ask(asked.findingsOfAgent, of)
  return rows.map(({ record }) => Finding.safeParse(parsedJson(record)).data)
}

/**
 * Whether a session may run that has a finding after a time: false where each such finding lies in a session that ended after it. Then the
 * events of the sessions need not be read.
 */
export function mayRun(
  since: number,
  findings: readonly (Pick<Finding, 'time' | 'session'> | undefined)[],
  ended: readonly { readonly session: string; readonly until: number }[],
): boolean {
  const ends = new Map<string, number>()
  for (const { session, until } of ended) ends.set(session, Math.max(until, ends.get(session) ?? 0))
  const hasEnded = (finding: (typeof findings)[number]): boolean =>
    finding !== undefined &&
    (finding.time <= since || finding.time <= (ends.get(finding.session) ?? Number.NEGATIVE_INFINITY))
  // Older ones than are read here may lie after that time as well.
  const last = findings.at(-1)
  const isCut = findings.length >= asked.findingsMax && (last === undefined || last.time > since)
  return isCut || !findings.every(hasEnded)
}
