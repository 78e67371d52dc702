import { countTerms, notQuarantined } from '@straylight/baseline/count/count-terms'
import { contextIn, keyColumns } from '@straylight/baseline/count/counted-keys'
import { dayWeightTerm } from '@straylight/baseline/count/day-weight-term'
import { hourOf } from '@straylight/baseline/count/event-row'
import { hashedKeys } from '@straylight/models/event/event-keys'
import { type EventShape, eventShape } from '@straylight/models/event/event-shape'
import type { HashedContext } from '@straylight/models/profile/hashed-key'
import { type Family, familyNames } from '@straylight/models/profile/profile-key'
import type { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import type { Contribution } from '@straylight/schemas/finding'
import { visibleText } from '@straylight/schemas/visible-text'
import type { Reproduced } from '../replay/reproduce-judgement.ts'

/** What a judgement was made of, and where its event stands in `agent.events.v1`. */
export interface JudgedEvent {
  readonly tenant: string
  readonly agent: string
  readonly partition: number
  readonly offset: number
  readonly knowledge_version: number
  readonly peer_group: string
  /** When it happened, in milliseconds since 1970 UTC. */
  readonly time: number
  /** What its leading terms speak of (`askedCounts`). */
  readonly asked: readonly AskedCount[]
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

/** One thing to count: its names for people, and the keys under which events count it; of an amount those that are less. */
interface AskedCount {
  readonly what: Family
  readonly context: string
  readonly seen: string
  readonly context_hash: number
  readonly keys: readonly number[]
  readonly is_amount: boolean
}

/** What an event asks for: the keys that it counts under itself; windows are judged while they fill, and counted when they are full. */
export function askedCounts(
  hasher: ProfileKeyHasher,
  shape: EventShape,
  contributions: readonly Pick<Contribution, 'feature' | 'contribution'>[],
): AskedCount[] {
  const families = leadingFamilies(contributions)
  const counted = hashedKeys(hasher, { ...shape, closed: shape.passed })
  return counted.flatMap(({ of, x, key }) => {
    const what = familyNames[of.family] as Family
    if (!families.includes(what)) return []
    const is_amount = binned.has(what)
    const keys = is_amount ? keysBelow(hasher, of, Number(x)) : [key]
    return [{ what, context: spaced(of.context), seen: spaced(x), context_hash: of.hash, keys, is_amount }]
  })
}

/** What a judgement that was reproduced asks for. */
export function evidenceOf({ judgement, place, order }: Reproduced & { found: 'judgement' }): JudgedEvent {
  const { event, group, judging } = judgement.observed
  const { tenant, agent, time } = event
  const asked = askedCounts(judging.hasher, eventShape(event, order), judgement.contributions)
  return { tenant, agent, time, ...place, knowledge_version: judging.version, peer_group: group, asked }
}

const spaced = (text: string): string => text.replaceAll('\x1f', ' ')

const keysBelow = (hasher: ProfileKeyHasher, of: HashedContext, bin: number): number[] =>
  Array.from({ length: bin }, (_, less) => hasher.keyIn(of, String(less)).key)

/**
 * The query that shows the counts behind a judgement, for a person to run: one row for each thing that its leading terms speak
 * of, with how often this agent did it before (`times`, of `of` in the same context) and how many peers did. Counts fade with
 * age as the profile's do (half in 30 days), so they are those of the sentences.
 *
 * It reads the rows of `events` that the profile had learnt: imported history and what stood before the event in its
 * partition, without what is quarantined now (a verdict given since then changes the counts). `asked` are the keys of the event itself,
 * which rows carry as they are counted; peers count as far as the shared levels of that knowledge version had learnt them. Amounts compare
 * by bin: as much or more.
 */
export function evidenceQuery(judged: JudgedEvent): string {
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
    SELECT arrayJoin(CAST([
      ${judged.asked.map(askedTuple).join(',\n      ')}
      ] AS Array(Tuple(String, String, String, UInt64, Array(UInt64), UInt8)))) AS entry, toUInt64(entry.4) AS context_hash,
      toUInt32(${hourOf(judged.time)}) AS hour, ${weight} AS now
  ),
  counted AS (
    SELECT agent, time, vetted = 1 OR hour < aged AS learnt_by_peers,
      ${own} AND (log_partition = -1 OR log_partition = ${judged.partition} AND log_offset < ${judged.offset}) AS own,
      ${weight} AS weight, arrayJoin(arrayZip(placed, keys)) AS entry, ${contextIn('entry.1')} AS context_hash, entry.2 AS key,
      ${keyColumns}
    FROM events ${countTerms.once}
    WHERE tenant = ${quoted(judged.tenant)} AND (${own} OR agent IN (SELECT agent FROM placed))
      AND ${notQuarantined}
  )
SELECT
  asked.entry.1 AS what, asked.entry.2 AS context, asked.entry.3 AS seen,
  sumIf(weight, own AND ${same}) / any(now) AS times,
  sumIf(weight, own) / any(now) AS of,
  minIf(time, own) AS since,
  uniqExactIf(counted.agent, counted.${own.replace('=', '!=')} AND learnt_by_peers AND ${same}) AS peers
FROM asked
LEFT JOIN counted ON counted.context_hash = asked.context_hash
GROUP BY asked.entry
ORDER BY what, context, seen`
}

/** An amount's context holds amounts alone: what is not less is as much or more. */
const same = 'has(asked.entry.5, counted.key) != asked.entry.6'

const askedTuple = ({ what, context, seen, context_hash, keys, is_amount }: AskedCount): string =>
  `(${quoted(what)}, ${quoted(context)}, ${quoted(seen)}, ${context_hash}, [${keys.join(', ')}], ${is_amount ? 1 : 0})`

function leadingFamilies(contributions: readonly Pick<Contribution, 'feature' | 'contribution'>[]): Family[] {
  const leading = [...contributions]
    .sort((a, b) => b.contribution - a.contribution)
    .slice(0, leadingMax)
    .flatMap(({ feature }) => familiesOf(feature))
  return leading.length === 0 ? ['system', 'step'] : [...new Set(leading)]
}

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
