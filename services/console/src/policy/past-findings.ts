import { Finding } from '@straylight/schemas/finding'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'
import { question } from '../questions/ask.ts'

/** Findings asked for at once: some 20 MB. */
export const pageFindings = 4_000
/** False and true verdicts of the time, at most. */
const pastVerdictsMax = 5_000

/** Findings of a time that a budget lets through, in the order of their topic. */
export const pastFindings = question(
  'findings of a time',
  `SELECT f.log_offset AS offset, f.record AS record FROM findings AS f FINAL
WHERE ({tenant:String} = '' OR f.tenant = {tenant:String}) AND f.log_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND toInt64(f.log_offset) > {after:Int64} AND JSONExtractFloat(f.record, 'p_value') <= {rate:Float64}
ORDER BY f.log_offset LIMIT ${pageFindings}`,
  z.object({ offset: z.number(), record: z.string() }),
)

/** What people called true or false in a time, as it was signed. */
export const pastVerdicts = question(
  'verdicts of a time',
  `SELECT toUnixTimestamp64Milli(v.log_time) AS at, v.signed AS signed FROM verdicts AS v FINAL
WHERE ({tenant:String} = '' OR v.tenant = {tenant:String}) AND v.log_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND v.answer IN ('true', 'false')
ORDER BY v.log_offset LIMIT ${pastVerdictsMax}`,
  z.object({ at: z.number(), signed: z.string() }),
)

/** Which of these alerts are stored. */
export const storedAlerts = question(
  'which alerts are stored',
  `SELECT a.id AS id FROM alert_list AS a FINAL WHERE ({tenant:String} = '' OR a.tenant = {tenant:String}) AND a.id IN {ids:Array(String)}
LIMIT 2000`,
  z.object({ id: z.string() }),
)

/** The finding of a row; undefined where somebody else wrote it. */
export const findingOfRow = ({ record }: { record: string }): Finding | undefined =>
  Finding.safeParse(parsedJson(record)).data
