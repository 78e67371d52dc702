import { families, familyNames } from '@straylight/models/profile/profile-key'
import type { Query, Statement, Store } from '@straylight/runtime/store/store'
import { minuteMs } from '@straylight/schemas/duration'
import { z } from 'zod'
import { type CountTerms, countTerms, notQuarantined } from './count-terms.ts'
import { contextIn, familyIn, keyColumns, keyVersion } from './counted-keys.ts'

const caps = `[${familyNames.map((name) => families[name].cap).join(', ')}]`

/** Tells two sets of events apart, and keys that were made again: the sum of this over the rows of an hour, modulo 2^64. */
const rowHash = 'cityHash64(source_topic, source_partition, source_offset, source_index, key_version)'

/**
 * How the events of an hour are learnt by others (column `vetted`): 1 imported history, 0 live, 2 live events that the log took more than an hour
 * after the time that they claim. Those stand apart, for who writes an event writes its time, and its age for others is counted by the log.
 */
const learning = 'multiIf(vetted = 1, 1, log_time > time + INTERVAL 1 HOUR, 2, 0)'

export type CountHours = Statement<{ hours: readonly number[] }>

/** How many keys of its family an hour may have. */
const cap = `${caps}[key.1 + 1]`

/**
 * Counts hours up from `events`, for all agents at once; each row replaces the one that stands. Run again, it writes the
 * same rows.
 *
 * From the inside: each event not quarantined is taken apart into the keys that its row carries, one of them of the family `system`; equal
 * keys become one row with their number and the place in the log where they
 * first stood (partition and offset as one number). To these rows comes one without counts for every row that stands already: an
 * hour whose last event was quarantined must say so. All of an agent's hour is then gathered into parallel arrays: a number a cell,
 * since the same as tuples, and the places as a window's order, cost three times as much in all. Events, checksum and times come
 * from the rows of the family `system`, of which every event has exactly one.
 *
 * On the arrays: keys are counted off within their family, in the order of their places; beyond the family's cap they go to key 0.
 * What is written is sorted, so that the same counts are the same row. No lambda takes up an array from outside: it would be copied
 * for every cell, and an agent that makes up a hundred thousand keys in an hour would take all memory.
 */
export function countHours(terms: CountTerms = countTerms): CountHours {
  return {
    name: 'count hours',
    sql: `
INSERT INTO agent_hours
  (tenant, agent, hour, vetted, families, contexts, keys, counts, events, checksum, first_time, last_time,
   first_log_time, last_log_time)
WITH
  arraySort(arrayZip(found_families, found_places, found_keys, found_contexts, found_times)) AS in_order,
  arrayEnumerateUniq(arrayMap(key -> key.1, in_order)) AS nths,
  arrayFilter((key, nth) -> nth <= ${cap}, in_order, nths) AS kept,
  arrayFilter((key, nth) -> nth > ${cap}, in_order, nths) AS beyond,
  arrayReduce('sumMap', [arrayMap(key -> key.1, beyond)], [arrayMap(key -> key.5, beyond)]) AS overflow,
  arraySort(arrayConcat(
    arrayMap(key -> (key.1, key.4, key.3, key.5), kept),
    arrayMap((family, times) -> (family, toUInt64(0), toUInt64(0), times), overflow.1, overflow.2))) AS entries
SELECT
  tenant, agent, hour, learning,
  arrayMap(entry -> entry.1, entries) AS families,
  arrayMap(entry -> entry.2, entries) AS contexts,
  arrayMap(entry -> entry.3, entries) AS keys,
  arrayMap(entry -> entry.4, entries) AS counts,
  events, checksum, first_time, last_time, first_log_time, last_log_time
FROM (
  SELECT
    tenant, agent, hour, learning,
    groupArrayIf(family, family < 255) AS found_families,
    groupArrayIf(context_hash, family < 255) AS found_contexts,
    groupArrayIf(key_hash, family < 255) AS found_keys,
    groupArrayIf(times, family < 255) AS found_times,
    groupArrayIf(stood_first, family < 255) AS found_places,
    sumIf(times, family = 0) AS events,
    sumIf(row_hashes, family = 0) AS checksum,
    minIf(earliest, family = 0) AS first_time,
    maxIf(latest, family = 0) AS last_time,
    minIf(logged_first, family = 0) AS first_log_time,
    maxIf(logged_last, family = 0) AS last_log_time
  FROM (
    SELECT
      tenant, agent, hour, learning, ${familyIn('place_of_key')} AS family, ${contextIn('place_of_key')} AS context_hash, key AS key_hash,
      count() AS times,
      sum(row_hash) AS row_hashes,
      min(time) AS earliest,
      max(time) AS latest,
      min(log_time) AS logged_first,
      max(log_time) AS logged_last,
      min(place) AS stood_first
    FROM (
      SELECT
        tenant, agent, hour, toUInt8(${learning}) AS learning, time, log_time,
        ${keyColumns},
        bitShiftLeft(toInt128(log_partition), 64) + log_offset AS place,
        ${rowHash} AS row_hash
      FROM events ${terms.once}
      WHERE hour IN {hours:Array(UInt32)}
        AND key_version = ${keyVersion}
        AND ${terms.notQuarantined}
    )
    ARRAY JOIN placed AS place_of_key, keys AS key
    GROUP BY tenant, agent, hour, learning, place_of_key, key
    UNION ALL
    SELECT
      tenant, agent, hour, vetted, toUInt8(255), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0),
      toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC'), toInt128(0)
    FROM agent_hours
    WHERE hour IN {hours:Array(UInt32)}
  )
  GROUP BY tenant, agent, hour, learning
)`,
  }
}

/**
 * Hours whose events are no longer those that were counted: new, late, quarantined, released, or never counted. Derived from
 * the tables alone, so it is right after any crash and for rows that another instance stored; of the hours that it looks at it reads the
 * place of events, their key version and times, some 46 bytes a row.
 */
const dirtyAmong = (among: string): string => `
SELECT DISTINCT hour
FROM (
  SELECT tenant, agent, hour, toUInt8(${learning}) AS learning, count() AS stand, sum(${rowHash}) AS sum_stand, 0 AS counted, 0 AS sum_counted
  FROM events FINAL
  WHERE ${among}${notQuarantined}
  GROUP BY tenant, agent, hour, learning
  UNION ALL
  SELECT tenant, agent, hour, vetted, 0, 0, events, checksum
  FROM agent_hours FINAL
  WHERE ${among}1
)
GROUP BY tenant, agent, hour, learning
HAVING sum(stand) != sum(counted) OR sum(sum_stand) != sum(sum_counted)
ORDER BY hour`

const dirtyHours: Query<Record<string, never>, { hour: number }> = {
  name: 'dirty hours',
  sql: dirtyAmong(''),
  row: z.object({ hour: z.number() }),
}

/** Of hours in which something was stored or marked in the last so many minutes, by the store's clock. */
const dirtyHoursOfLate: Query<{ minutes: number }, { hour: number }> = {
  name: 'dirty hours of late',
  sql: dirtyAmong(`hour IN (
    SELECT hour FROM events WHERE stored_at >= subtractMinutes(now(), {minutes:UInt32})
    UNION DISTINCT
    SELECT hour FROM held_out WHERE stored_at >= subtractMinutes(now(), {minutes:UInt32})
  ) AND `),
  row: z.object({ hour: z.number() }),
}

/** Hours of one statement: two weeks of a small fleet at once, and a bound for a large one. */
const hoursMax = 336

/** Brings `agent_hours` up to `events`, of all hours. Returns how many were counted. */
export async function countDirtyHours(store: Store): Promise<number> {
  return countAll(store, await store.query(dirtyHours, {}))
}

async function countAll(store: Store, dirty: readonly { hour: number }[]): Promise<number> {
  const hours = dirty.map(({ hour }) => hour)
  const statement = countHours()
  for (let from = 0; from < hours.length; from += hoursMax) {
    await store.run(statement, { hours: hours.slice(from, from + hoursMax) })
  }
  return hours.length
}

/**
 * Minutes that are looked at beside those since the last look: longer than an insert takes from when its rows are dated to when they are seen. A
 * server may be silent for five, and is then tried again.
 */
const insertMinutesMax = { embedded: 1, server: 15 }
/** Every so many looks all hours are looked at: rows that are kept no longer leave no trace. */
const wholeLookEvery = 30

/** Counts hours up again and again; after its first look it looks at those alone in which something was stored since the last. */
export class HourCounter {
  private readonly store: Store
  private looks = 0
  /** By the process's own clock, which is never set. */
  private lookedAt = 0

  constructor(store: Store) {
    this.store = store
  }

  /** Returns how many hours were counted. Where it throws, the next look goes as far back. */
  async countDirty(): Promise<number> {
    const { store, lookedAt } = this
    const now = performance.now()
    const minutes = Math.ceil((now - lookedAt) / minuteMs) + insertMinutesMax[store.kind]
    const whole = this.looks % wholeLookEvery === 0
    const counted = whole
      ? await countDirtyHours(store)
      : await countAll(store, await store.query(dirtyHoursOfLate, { minutes }))
    this.looks++
    this.lookedAt = now
    return counted
  }
}
