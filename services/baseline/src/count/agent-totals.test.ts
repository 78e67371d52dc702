import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Query, Store } from '@straylight/runtime/store/store'
import { hourMs } from '@straylight/schemas/duration'
import fc from 'fast-check'
import { z } from 'zod'
import { addUpAgents } from './agent-totals.ts'
import { dayWeightTerm } from './day-weight-term.ts'
import { type LearntParameters, learntHours } from './learnt-hours.ts'

const cases = 20
const firstHour = 24 * 20_000
const originDay = 20_000 - 40

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-totals-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** An hour of an agent as counting would leave it: written again it replaces the one before. */
interface Hour {
  readonly agent: string
  readonly at: number
  readonly vetted: 0 | 1 | 2
  /** Hours after its time that the log took it. */
  readonly late: number
  readonly events: number
  readonly entries: readonly { readonly family: number; readonly key: number; readonly count: number }[]
}

const hour: fc.Arbitrary<Hour> = fc.record({
  agent: fc.constantFrom('bot-1', 'bot-2', "o'bot"),
  at: fc.nat(80 * 24),
  vetted: fc.constantFrom<0 | 1 | 2>(0, 0, 0, 1, 2),
  late: fc.nat(200),
  events: fc.nat(3),
  entries: fc.uniqueArray(fc.record({ family: fc.nat(2), key: fc.nat(4), count: fc.integer({ min: 1, max: 9 }) }), {
    maxLength: 5,
    selector: ({ family, key }) => `${family}/${key}`,
  }),
})

const rowOf = ({ agent, at, vetted, late, events, entries }: Hour) => {
  const kept = events === 0 ? [] : entries
  const time = (firstHour + at) * hourMs
  const logged = time + late * hourMs
  return {
    ...{ tenant: 'acme', agent, hour: firstHour + at, vetted, events },
    ...{ families: kept.map(({ family }) => family), contexts: kept.map(({ family }) => 7 + family) },
    ...{ keys: kept.map(({ key }) => key), counts: kept.map(({ count }) => count) },
    // Other counts are of other events, and so of another checksum.
    checksum: kept.reduce(
      (sum, { family, key, count }) => (sum * 31 + family * 97 + key * 11 + count) % 1_000_003,
      events,
    ),
    ...{ first_time: time, last_time: time, first_log_time: logged, last_log_time: logged },
  }
}

const Total = z.object({ agent: z.string(), events: z.number(), entries: z.array(z.array(z.number())) })
type Total = z.infer<typeof Total>

const standing: Query<Record<string, never>, Total> = {
  name: 'totals',
  sql: `SELECT agent, events, arraySort(arrayZip(families, contexts, keys, counts)) AS entries
FROM agent_totals FINAL WHERE events > 0 ORDER BY agent`,
  row: Total,
}

/** Every learnt hour added up at once. */
const whole: Query<LearntParameters, Total> = {
  name: 'whole',
  sql: `
SELECT agent, sum(hour_events) AS events, arraySort(groupArrayIf((family, context, key, n), family < 255)) AS entries
FROM (
  SELECT agent, family, context, key, sum(counted * weight) AS n, 0 AS hour_events
  FROM (SELECT *, ${dayWeightTerm} AS weight FROM agent_hours FINAL WHERE ${learntHours})
  ARRAY JOIN families AS family, contexts AS context, keys AS key, counts AS counted
  WHERE key != 0
  GROUP BY agent, family, context, key
  UNION ALL
  SELECT agent, 255, 0, 0, 0, sum(events) FROM agent_hours FINAL WHERE ${learntHours} GROUP BY agent
)
GROUP BY agent
ORDER BY agent`,
  row: Total,
}

const learntBy = (day: number): LearntParameters => ({ until_hour: firstHour + 24 * day, origin_day: originDay })

test('what agents add up to day by day is what all their learnt hours add up to at once', async () => {
  const rounds = fc.array(
    fc.record({ days: fc.integer({ min: -4, max: 20 }), hours: fc.array(hour, { maxLength: 12 }) }),
    {
      minLength: 2,
      maxLength: 5,
    },
  )
  await fc.assert(
    fc.asyncProperty(rounds, async (given) => {
      for (const table of ['agent_hours', 'agent_totals'])
        await store.run({ name: 'empty', sql: `TRUNCATE TABLE ${table}` }, {})
      let day = 0
      for (const { days, hours } of given) {
        // Back as well: a log that is begun anew over a store that was kept.
        day = Math.max(0, day + days)
        await store.insert('agent_hours', [
          ...new Map(hours.map((of) => [`${of.agent}/${of.at}/${of.vetted}`, rowOf(of)])).values(),
        ])
        await addUpAgents(store, learntBy(day))
        assert.deepEqual(await store.query(standing, {}), await store.query(whole, learntBy(day)))
        assert.equal(await addUpAgents(store, learntBy(day)), 0)
      }
    }),
    { numRuns: cases },
  )
})

test('an agent that did nothing new is not added up again, and one that did gains its hours alone', async () => {
  for (const table of ['agent_hours', 'agent_totals'])
    await store.run({ name: 'empty', sql: `TRUNCATE TABLE ${table}` }, {})
  const of = (agent: string, at: number, count: number): Hour => ({
    ...{ agent, at, vetted: 0, late: 0, events: 1 },
    entries: [{ family: 1, key: 3, count }],
  })
  await store.insert('agent_hours', [of('idle', 1, 1), of('busy', 1, 1)].map(rowOf))
  assert.equal(await addUpAgents(store, learntBy(1)), 2)
  await store.insert('agent_hours', [of('busy', 30, 2)].map(rowOf))
  assert.equal(await addUpAgents(store, learntBy(2)), 1)
  // A row that stands is what is added to: were the first hour read again, this would not show.
  await store.run(
    {
      name: 'spoil',
      sql: `INSERT INTO agent_totals SELECT * REPLACE ([toUInt64(1000)] AS counts) FROM agent_totals FINAL WHERE agent = 'busy'`,
    },
    {},
  )
  await store.insert('agent_hours', [of('busy', 60, 4)].map(rowOf))
  assert.equal(await addUpAgents(store, learntBy(3)), 1)
  const [busy] = await store.query(standing, {})
  assert.deepEqual(busy, { agent: 'busy', events: 3, entries: [[1, 8, 3, 1000 + 2 * 4]] })
})
