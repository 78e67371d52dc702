import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EventReader } from '@straylight/events/event-reader'
import { hashedKeys } from '@straylight/models/event/event-keys'
import { eventShape } from '@straylight/models/event/event-shape'
import { dayOf, dayWeight } from '@straylight/models/profile/day-weight'
import { Profile } from '@straylight/models/profile/profile'
import { familyNames } from '@straylight/models/profile/profile-key'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { type AgentClock, followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import fc from 'fast-check'
import { z } from 'zod'
import { profileCounts, profilesFromHours } from '../profiles/profile-counts.ts'
import { countDirtyHours, countHours } from './count-hours.ts'
import { type CountTerms, countTerms } from './count-terms.ts'
import { type EventRow, eventRow, hourOf } from './event-row.ts'

const cases = 1_000
const fingerprintRow = z.object({ hash: z.string() })
const profileKey = '00112233445566778899aabbccddeeff'
const hasher = new ProfileKeyHasher(profileKey)
const firstDay = 20_000
const originDay = firstDay + 20

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('read', 'write', 'mail.send', 'erp') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a/b', "o'brien", 'q"uote', 'back\\slash', 'übung', '日本', '😀😀', '%s{x:Int8}'),
  },
)
const destination = fc.oneof(
  fc.constantFrom(
    'Dana@Acme.example',
    'https://www.Files.example/in/',
    'ledger/2026-10',
    'a.csv',
    'ORD-1042',
    'DE89370400440532013000',
  ),
  fc.constantFrom(
    '\u0000',
    '\u001e\u001f',
    '\ud83d',
    '\ud83dx',
    "'); DROP TABLE events; --",
    '😀😀😀😀😀1😀😀😀😀😀😀',
    'İstanbul@é.fr',
  ),
  fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
)
const amount = fc.oneof(
  fc.nat(5),
  fc.nat(100_000),
  fc
    .integer({ min: 0, max: 50 })
    .chain((bit) => fc.integer({ min: Math.max(0, 2 ** bit - 3), max: Math.min(2 ** 50, 2 ** bit + 1) })),
)
const hashedValue = fc.constantFrom(
  'e:01',
  'e:02',
  'e:09',
  'u:03',
  'u:10',
  'p:04',
  'p:05',
  'd:06',
  'd:11',
  'n:07',
  'n:12',
  'a:08',
  'a:13',
)
const often = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 8 })
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 })

const step = fc.record({
  agent: fc.nat(1),
  // Many on one day: flows need an earlier output of the same session.
  day: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat(3) },
    { weight: 1, arbitrary: fc.nat(150) },
  ),
  minutes: fc.oneof({ weight: 3, arbitrary: fc.nat(4) }, { weight: 2, arbitrary: fc.nat(1_439) }),
  /** So long before the event's own time the log took it: a clock that runs ahead. */
  aheadMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(200_000_000) }),
  id: fc.nat(40),
  content: fc.nat(1),
  fate: fc.constantFrom(
    'counted',
    'counted',
    'counted',
    'held',
    'released',
    'confirmed',
    'stored twice',
    'delivered twice',
  ),
  fields: fc.record({
    system: name,
    action: name,
    session: maybe(fc.constantFrom('s1', 's2')),
    credential: maybe(
      fc.record({
        id: fc.constantFrom('c1', 'c2'),
        issued_at: maybe(fc.nat(5_000).map((hours) => firstDay * dayMs - hours * hourMs)),
        scopes: fc.array(name, { maxLength: 3 }),
      }),
    ),
    privilege: maybe(fc.oneof(name, fc.constantFrom('erp.admin', '*', 'read'))),
    parent_agent: maybe(name),
    resource: maybe(name),
    source: maybe(fc.record({ ip: maybe(fc.ipV4()), host: maybe(name) })),
    signals: maybe(fc.dictionary(name, fc.double({ min: 0, max: 1, noNaN: true }), { maxKeys: 3 })),
    argument_names: maybe(fc.array(name, { maxLength: 3 })),
    destinations: maybe(fc.array(destination, { maxLength: 10 })),
    bytes_sent: maybe(amount),
    bytes_received: maybe(amount),
    records: maybe(amount),
    outcome: maybe(fc.constantFrom('success', 'failure', 'denied')),
    argument_values: often(fc.dictionary(fc.constantFrom('to', 'body', 'cc'), fc.array(hashedValue, { maxLength: 3 }))),
    result_values: often(fc.array(hashedValue, { maxLength: 4 })),
    request_values: maybe(fc.array(hashedValue, { maxLength: 2 })),
    context_values: maybe(fc.array(hashedValue, { maxLength: 2 })),
  }),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface Case {
  readonly tenant: string
  readonly folded: Map<string, Profile>
  readonly families: Set<string>
  readonly rows: EventRow[]
  readonly again: EventRow[]
  readonly marks: Record<string, unknown>[]
}

function eventsOf(
  tenant: string,
  steps: readonly Step[],
): { event: AgentEvent; fate: Step['fate']; aheadMs: number }[] {
  return steps.map(({ agent, day, minutes, aheadMs, id, content, fate, fields }, at) => {
    const event = {
      ...fields,
      id: `e${id}`,
      time: (firstDay + day) * dayMs + minutes * 60_000 + at,
      tenant,
      agent: agent === 0 ? 'bot' : 'böt "2"',
      format: 'native',
      registered: true,
      content_hash: `${content}`.repeat(16),
      position: { topic: 'agent.audit.v1', partition: 0, offset: Math.floor(at / 3), index: at % 3 },
    }
    // As it comes out of the log: absent fields are absent.
    return { event: JSON.parse(JSON.stringify(event)) as AgentEvent, fate, aheadMs }
  })
}

/** What the stages do with a history, in TypeScript: read, follow, fold; beside it the rows that the store is given. */
function caseOf(tenant: string, steps: readonly Step[]): Case {
  const given = eventsOf(tenant, steps)
  const fates = new Map(given.map(({ event, fate }) => [JSON.stringify(event.position), fate]))
  const delivered = given.flatMap((one) => (one.fate === 'delivered twice' ? [one, one] : [one]))
  const records = delivered.map(({ event, aheadMs }, offset) => ({
    topic: 'agent.events.v1',
    partition: 0,
    offset,
    key: '',
    value: Buffer.from(JSON.stringify(event)),
    headers: {},
    timestamp: event.time - aheadMs,
  }))
  const made: Case = { tenant, folded: new Map(), families: new Set(), rows: [], again: [], marks: [] }
  const clocks = new Map<string, AgentClock>()
  for (const read of new EventReader().take({ partition: 0, records })) {
    if (read.kind === 'event') take(made, clocks, read, fates.get(JSON.stringify(read.event.position)) ?? 'counted')
  }
  return made
}

function take(
  made: Case,
  clocks: Map<string, AgentClock>,
  read: { event: AgentEvent; text: string; offset: number; log_time: number },
  fate: Step['fate'],
): void {
  const { event, text, offset, log_time } = read
  const clock = clocks.get(event.agent) ?? newAgentClock()
  clocks.set(event.agent, clock)
  const followed = followSession(clock, event, log_time)
  const profile = made.folded.get(event.agent) ?? new Profile()
  made.folded.set(event.agent, profile)
  const keys = hashedKeys(hasher, eventShape(event, followed.order))
  for (const { of } of keys) made.families.add(familyNames[of.family] as string)
  const weight = dayWeight(dayOf(event.time), originDay)
  // Score folds what it did not hold; a release adds, a confirmation of what was learnt takes back.
  if (fate !== 'held') profile.fold(keys, weight, event.time)
  if (fate === 'confirmed') profile.unfold(keys, weight)
  const place = {
    source: event.position,
    log: { partition: 0, offset },
    log_time,
    vetted: offset % 2 === 0,
  }
  const row = eventRow({ event, text, followed }, place, hasher)
  made.rows.push(row)
  if (fate === 'stored twice') made.again.push(row)
  if (fate === 'held' || fate === 'released' || fate === 'confirmed') made.marks.push(...marksOf(row, fate))
}

function marksOf(row: EventRow, fate: 'held' | 'released' | 'confirmed'): Record<string, unknown>[] {
  const { tenant, agent, hour, source_topic, source_partition, source_offset, source_index, event_id, time } = row
  const source = { source_topic, source_partition, source_offset, source_index }
  const mark = {
    tenant,
    agent,
    hour,
    ...source,
    event_id,
    time,
    marked_at: time,
    finding_id: '',
    alert_id: '',
    why: '',
  }
  const held = { ...mark, state: 'held', revision: 0, was_held: 1 }
  if (fate === 'held') return [held]
  // The later word comes first into the store: the revision decides, not the order of storing.
  return fate === 'released'
    ? [{ ...mark, state: 'released', revision: 9, was_held: 1 }, held]
    : [{ ...mark, state: 'confirmed', revision: 9, was_held: 0 }]
}

let directory: string
let store: Store
let all: Case[]
let hours: number[]
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-fold-'))
  store = await openStore({ directory })
  // Rows stored twice must still be two when FINAL is left out.
  await store.run({ name: 'stop merges', sql: 'SYSTEM STOP MERGES events' }, {})
  const steps = fc.array(step, { minLength: 1, maxLength: 16 })
  all = fc.sample(steps, { numRuns: cases, seed: 20_261 }).map((given, at) => caseOf(`t${at}`, given))
  await store.insert(
    'events',
    all.flatMap(({ rows }) => rows),
  )
  await store.insert(
    'events',
    all.flatMap(({ again }) => again),
  )
  const marks = all.flatMap((one) => one.marks)
  // In an insert of their own each, so that no insert sees both words on one event.
  await store.insert(
    'held_out',
    marks.filter(({ revision }) => revision !== 0),
  )
  await store.insert(
    'held_out',
    marks.filter(({ revision }) => revision === 0),
  )
  hours = [...new Set(all.flatMap(({ rows }) => rows.map(({ time }) => hourOf(time))))]
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

type Compared = { tenant: string; agent: string; folded: Profile; aggregate: Profile }

async function compare(tenants: ReadonlySet<string>, query = profileCounts()): Promise<Compared[]> {
  const chosen = all.filter(({ tenant }) => tenants.has(tenant))
  const agents = chosen.flatMap(({ tenant, folded }) => [...folded.keys()].map((agent) => ({ tenant, agent })))
  const aggregates = new Map<string, Profile>()
  for await (const { tenant, agent, profile } of profilesFromHours(store, { agents, originDay, hours: 'all' }, query)) {
    aggregates.set(partitionKeyOf(tenant, agent), profile)
  }
  return chosen.flatMap(({ tenant, folded }) =>
    [...folded].map(([agent, profile]) => ({
      tenant,
      agent,
      folded: profile,
      aggregate: aggregates.get(partitionKeyOf(tenant, agent)) ?? new Profile(),
    })),
  )
}

test('the histories count under every family', () => {
  const counted = new Set(all.flatMap(({ families }) => [...families]))
  assert.deepEqual([...counted].sort(), [...familyNames].sort())
})

const everyone = () => new Set(all.map(({ tenant }) => tenant))

test(`the fold equals the aggregate to the last count, on ${cases} random histories`, async () => {
  assert.ok((await countDirtyHours(store)) > 0)
  const compared = await compare(everyone())
  assert.ok(compared.length >= cases)
  for (const { tenant, agent, folded, aggregate } of compared) {
    assert.deepEqual(aggregate.table.entries(), folded.table.entries(), `${tenant} ${agent}`)
    assert.equal(aggregate.events, folded.events, `${tenant} ${agent}`)
  }
})

test('the histories hold what must be distinguished', () => {
  const rows = all.flatMap((one) => one.rows)
  assert.ok(rows.filter(({ late }) => late === 1).length > 500)
  assert.ok(all.flatMap(({ again }) => again).length > 500)
  assert.ok(new Set(rows.map(({ time }) => dayWeight(dayOf(time), originDay))).size >= 4)
  for (const state of ['held', 'released', 'confirmed']) {
    assert.ok(all.flatMap(({ marks }) => marks).filter((mark) => mark.state === state).length > 300, state)
  }
})

test('counting again changes nothing, and nothing is left to count', async () => {
  const fingerprint = () =>
    store.query(
      {
        name: 'fingerprint',
        sql: `SELECT toString(sum(cityHash64(tenant, agent, hour, vetted, families, contexts, keys, counts, events,
          checksum, first_time, last_time))) AS hash FROM agent_hours FINAL`,
        row: fingerprintRow,
      },
      {},
    )
  const first = await fingerprint()
  assert.equal(await countDirtyHours(store), 0)
  await store.run(countHours(), { hours })
  await store.run(countHours(), { hours: hours.slice(0, 50) })
  assert.deepEqual(await fingerprint(), first)
})

/** The terms with one of them out, by name. */
function mutilated(): Map<string, CountTerms> {
  const terms = new Map<string, CountTerms>()
  terms.set('once', { ...countTerms, once: '' })
  terms.set('quarantined', { ...countTerms, notQuarantined: '1' })
  return terms
}

test('no term of the SQL is idle: without any one of them fold and aggregate differ', async () => {
  // A tenth of the cases is enough to notice, and ten times as fast.
  const tenants = new Set(all.slice(0, cases / 10).map(({ tenant }) => tenant))
  const some = [
    ...new Set(all.filter(({ tenant }) => tenants.has(tenant)).flatMap(({ rows }) => rows.map(({ hour }) => hour))),
  ]
  for (const [term, terms] of mutilated()) {
    await store.run(countHours(terms), { hours: some })
    const compared = await compare(tenants)
    const equal = compared.filter(({ folded, aggregate }) => folded.table.pack() === aggregate.table.pack())
    assert.ok(equal.length < compared.length, `left out: ${term}`)
  }
  await store.run(countHours(), { hours: some })
  const unweighted = await compare(tenants, profileCounts('toUInt64(1)'))
  assert.ok(unweighted.some(({ folded, aggregate }) => folded.table.pack() !== aggregate.table.pack()))
  for (const { folded, aggregate } of await compare(tenants)) {
    assert.equal(aggregate.table.pack(), folded.table.pack())
  }
})
