import { countTerms, familyTerms, notQuarantined } from '@straylight/baseline/count/count-terms'
import { dayWeightTerm } from '@straylight/baseline/count/day-weight-term'
import { type Family, familyNames } from '@straylight/models/profile/profile-key'
import type { Contribution } from '@straylight/schemas/finding'
import { visibleText } from '@straylight/schemas/visible-text'

/** What a judgement was made of, and where its event stands in `agent.events.v1`. */
export interface JudgedEvent {
  readonly tenant: string
  readonly agent: string
  readonly partition: number
  readonly offset: number
  readonly knowledge_version: number
  readonly peer_group: string
  readonly contributions: readonly Pick<Contribution, 'feature' | 'contribution'>[]
}

/** Where the counts of a feature's sentence stand; a feature whose name begins so. What is left out speaks of no counts. */
const countedBy: readonly (readonly [string, readonly Family[]])[] = [
  ['system_', ['system']],
  ['step_', ['step']],
  ['order_', ['bigram']],
  ['bigram_', ['bigram']],
  ['misplaced_', ['bigram']],
  ['destination_', ['anyDestination']],
  ['kind_', ['anyDestination']],
  ['external_', ['external']],
  ['arguments_', ['arguments']],
  ['sent_', ['sent']],
  ['received_', ['received']],
  ['records_', ['records']],
  ['amount_', ['sent', 'received', 'records']],
  ['session_', ['sessionSent', 'sessionReceived']],
  ['outcome_', ['outcome']],
  ['privilege_step_up', ['privilegeRank']],
  ['privilege_', ['privilege']],
  ['window_', ['window']],
  ['rate_', ['window']],
  ['destructive_', ['window']],
  ['refused_', ['window']],
  ['fan_out_', ['window']],
  ['time_', ['timeOfWeek']],
  ['credential_age_', ['credentialAge']],
  ['delegation_', ['delegation']],
  ['source_', ['source']],
  ['signal_', ['signal']],
  ['flow_', ['flow']],
  ['value_', ['value']],
  ['tainted_', ['value']],
]
const familiesOf = (feature: string): readonly Family[] =>
  countedBy.find(([start]) => feature.startsWith(start))?.[1] ?? []

/** Contributions whose counts are asked for: those that the reasons tell. */
const leadingMax = 5

/** Families whose keys are bins of an amount: as much or more is counted. */
const binned: ReadonlySet<Family> = new Set([
  ...(['sent', 'received', 'records', 'sessionSent', 'sessionReceived', 'window'] as const),
  ...(['credentialAge', 'signal'] as const),
])

/**
 * The query that shows the counts behind a judgement, for a person to run: one row for each thing that its leading terms speak
 * of, with how often this agent did it before (`times`, of `of` in the same context) and how many peers did. Counts fade with
 * age as the profile's do (half in 30 days), so they are those of the sentences.
 *
 * It reads the rows of `events` that the profile had learnt: imported history and what stood before the event in its
 * partition, without what is quarantined now (a verdict given since then changes the counts). `counted` makes each row's keys
 * with the very expressions that `agent_hours` is counted with; `asked` are the keys of the event itself; peers count as
 * far as the shared levels of that knowledge version had learnt them. Amounts compare by bin: as much or more.
 */
export function evidenceQuery(judged: JudgedEvent): string {
  const families = leadingFamilies(judged.contributions)
  const version = `version = ${judged.knowledge_version}`
  const own = `agent = ${quoted(judged.agent)}`
  const group = judged.peer_group === '*' ? '' : ` AND peer_group = ${quoted(judged.peer_group)}`
  const weight = dayWeightTerm.replaceAll('{origin_day:Int32}', 'toInt32(origin)')
  return `WITH
  (SELECT any(origin_day) FROM knowledge FINAL WHERE ${version}) AS origin,
  (SELECT any(intDiv(toUnixTimestamp(learnt_until), 3600)) FROM knowledge FINAL WHERE ${version}) AS aged,
  placed AS (
    SELECT agent FROM agent_groups FINAL
    WHERE knowledge_version = ${judged.knowledge_version} AND tenant = ${quoted(judged.tenant)}${group}
  ),
  asked AS (
    SELECT arrayJoin(arrayConcat(
      ${families.map(askedTerm).join(',\n      ')})) AS entry,
      ${weight} AS now
    FROM events FINAL
    WHERE tenant = ${quoted(judged.tenant)} AND ${own}
      AND log_partition = ${judged.partition} AND log_offset = ${judged.offset}
  ),
  counted AS (
    SELECT agent, time, vetted = 1 OR hour < aged AS learnt_by_peers,
      ${own} AND (log_partition = -1 OR log_partition = ${judged.partition} AND log_offset < ${judged.offset}) AS own,
      ${weight} AS weight,
      arrayJoin(arrayConcat(
      ${families.map((family) => familyTerms[family]).join(',\n      ')})) AS entry
    FROM events ${countTerms.once}
    WHERE tenant = ${quoted(judged.tenant)} AND (${own} OR agent IN (SELECT agent FROM placed))
      AND ${notQuarantined}
  )
SELECT
  transform(asked.entry.1, [${families.map((family) => familyNames.indexOf(family)).join(', ')}],
    [${families.map(quoted).join(', ')}], '') AS what,
  replaceAll(substring(asked.entry.2, 3), '\\x1f', ' ') AS context,
  replaceAll(asked.entry.3, '\\x1f', ' ') AS seen,
  sumIf(weight, own AND ${same}) / any(now) AS times,
  sumIf(weight, own) / any(now) AS of,
  minIf(time, own) AS since,
  uniqExactIf(counted.agent, counted.${own.replace('=', '!=')} AND learnt_by_peers AND ${same}) AS peers
FROM asked
LEFT JOIN counted ON counted.entry.1 = asked.entry.1 AND counted.entry.2 = asked.entry.2
GROUP BY asked.entry
ORDER BY what, context, seen`
}

const binnedIndexes = [...binned].map((family) => familyNames.indexOf(family)).join(', ')
const same = `if(asked.entry.1 IN (${binnedIndexes}), toUInt32OrZero(counted.entry.3) >= toUInt32OrZero(asked.entry.3), counted.entry.3 = asked.entry.3)`

function leadingFamilies(contributions: JudgedEvent['contributions']): Family[] {
  const leading = [...contributions]
    .sort((a, b) => b.contribution - a.contribution)
    .slice(0, leadingMax)
    .flatMap(({ feature }) => familiesOf(feature))
  return leading.length === 0 ? ['system', 'step'] : [...new Set(leading)]
}

/** The keys to look for: windows are judged while they fill, and counted when they are full. */
const askedTerm = (family: Family): string =>
  family === 'window' ? familyTerms.window.replaceAll('closed_', 'passed_') : familyTerms[family]

/**
 * A string of ClickHouse's: names come from shippers, and a person will paste this. What would be shown as something else, or not at
 * all, stands as its bytes.
 */
const quoted = (text: string): string => {
  const isAsItLooks = visibleText(text) === text
  const written = (character: string): string => {
    if (/[\\']/.test(character)) return `\\${character}`
    return character < ' ' || character === '\u007f' || (character > '~' && !isAsItLooks) ? hex(character) : character
  }
  return `'${[...text].map(written).join('')}'`
}
const hex = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
