import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import type { NewRecord } from '@straylight/runtime/log/log'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { Finding } from '@straylight/schemas/finding'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { topics } from '@straylight/schemas/topics'
import { daysOfWork } from '../test-support/days-of-work.ts'
import { eventOf, noon } from '../test-support/event-of.ts'
import { knowledgeOf, modelOf } from '../test-support/knowledge-of.ts'
import { eventRecordOf, ScoreWorld } from '../test-support/score-world.ts'

let directory: string
let store: Store
before(async () => {
  await openTensorBackend('wasm')
  directory = await mkdtemp(join(tmpdir(), 'straylight-score-store-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const past = daysOfWork(300, 1, { from: noon - 10 * dayMs, strangeOneIn: Number.POSITIVE_INFINITY })

/** A world, made new and closed again for each use. */
async function inWorld<Result>(
  records: readonly NewRecord[],
  work: (world: ScoreWorld) => Promise<Result>,
  knowledge = [knowledgeOf(1, past)],
): Promise<Result> {
  const world = await ScoreWorld.open(store, knowledge)
  try {
    await world.log.append(records)
    return await work(world)
  } finally {
    await world.close()
  }
}

test('an id used again with other content is scored and reported, a plain repeat is neither', async () => {
  const twin = { ...eventOf(1, { id: 'e0' }) }
  const repeat = { ...eventOf(2, { id: 'e0' }), content_hash: eventOf(0).content_hash }
  await inWorld([eventOf(0), twin, repeat].map(eventRecordOf), async (world) => {
    const score = await world.run()
    const reported = (await world.findings()).filter(({ cause }) => cause === 'changed_repeat')
    assert.deepEqual(
      reported.map(({ target, source, reasons }) => [target, source.offset, reasons[0]]),
      [['e0', 1, 'Event id used twice: e0 came before with other content']],
    )
    assert.equal(score.sizes().repeats, 1)
  })
})

test('promise 15: under an id that was used before, what an event itself does leads, and both are reported', async () => {
  const strange = {
    ...eventOf(2, { id: 'e0' }),
    ...{ system: 'vault', action: 'dump', destinations: ['host:evil.example'], bytes_sent: 50e9, privilege: 'root' },
  }
  const alone = { ...strange, id: 'never-used' }
  const reported = (records: readonly AgentEvent[]) =>
    inWorld(records.map(eventRecordOf), async (world) => {
      await world.run()
      return (await world.findings()).find(({ source }) => source.offset === 2)
    })
  const [finding, expected] = [await reported([eventOf(0), strange]), await reported([eventOf(0), alone])]
  assert.ok(expected !== undefined && expected.cause !== 'changed_repeat')
  assert.deepEqual([finding?.cause, finding?.target], [expected.cause, expected.target])
  assert.deepEqual([finding?.severity, finding?.score], [expected.severity, expected.score])
  const [first, second, ...rest] = finding?.reasons ?? []
  assert.equal(second, 'Event id used twice: e0 came before with other content')
  assert.deepEqual([first, ...rest], expected.reasons)
})

test("promise 15: another agent's event is no repeat of this one's id, whichever came first", async () => {
  const same = { content_hash: eventOf(0).content_hash }
  const squatter = { ...eventOf(0, { id: 'e1' }), ...same, agent: 'squatter' }
  await inWorld([squatter, { ...eventOf(1, { id: 'e1' }), ...same }].map(eventRecordOf), async (world) => {
    const score = await world.run()
    assert.equal(score.sizes().repeats, 0, 'the same bytes from another agent hide nothing')
    assert.ok((await world.findings()).every(({ cause }) => cause !== 'changed_repeat'))
  })
})

const registry = [{ tenant: 'acme', agent: 'bot', tier: 'high' as const, aliases: [] }]

test('an agent in no registry is reported once, with whatever else its first event is', async () => {
  const events = Array.from({ length: 12 }, (_, at) =>
    eventOf(at, { agent: 'stranger', registered: false, session: `s${at % 4}` }),
  )
  const wild = events.map((event) => ({
    ...event,
    agent: 'wild',
    content_hash: `f${event.content_hash.slice(1)}`,
    id: `w${event.id}`,
    position: { ...event.position, partition: 1 },
    system: 'vault',
    action: `dump-${event.id}`,
    destinations: [`${event.id}@evil.example`],
    bytes_sent: 2 ** 30,
    privilege: 'root',
  }))
  const knowledge = [knowledgeOf(1, past, { registry, model: { ...modelOf(), hold_level: 15 } })]
  const records = [...events, ...wild, eventOf(50)].map(eventRecordOf)
  for (const recordsMax of [1, 100]) {
    await inWorld(
      records,
      async (world) => {
        await world.run({ recordsMax, checkpointEvents: 3 })
        const reported = (await world.findings()).filter(({ reasons }) =>
          reasons.some((reason) => /^Unowned agent/.test(reason)),
        )
        assert.deepEqual(reported.map(({ event_id }) => event_id).sort(), ['e0', 'we0'], `batches of ${recordsMax}`)
        assert.ok(reported.every(({ registered }) => !registered))
      },
      knowledge,
    )
  }
})

test('without a registry nobody is unowned', async () => {
  const records = [eventRecordOf(eventOf(0, { agent: 'stranger', registered: false }))]
  await inWorld(
    records,
    async (world) => {
      await world.run()
      const causes = (await world.findings()).map(({ cause }) => cause)
      assert.ok(!causes.includes('unowned_agent'))
    },
    [knowledgeOf(1, past)],
  )
})

test('promise 17: a name that looks like a registered one is reported once, naming both, and the registered agent is left alone', async () => {
  const lookalike = 'b\u043et'
  const events = Array.from({ length: 6 }, (_, at) =>
    eventOf(at, { agent: lookalike, registered: false, session: `s${at % 2}`, credential: { id: 'jti:x' } }),
  )
  const others = [eventOf(6), eventOf(7, { agent: 'boat', registered: false })]
  await inWorld(
    [...events, ...others].map(eventRecordOf),
    async (world) => {
      await world.run()
      const [finding, ...more] = (await world.findings()).filter(({ cause }) => cause === 'name_confusable')
      assert.deepEqual(more, [])
      assert.deepEqual(Finding.parse(finding), finding)
      const { agent, target, severity, credential_id, registered } = finding as Finding
      assert.deepEqual([agent, target, severity, registered], [lookalike, 'bot', 'high', false])
      assert.equal(credential_id, undefined, 'nothing is at stake for whom it looks like')
      assert.equal(finding?.reasons[0], 'Confusable name: b\\u{43E}t is not registered and looks like bot')
    },
    [knowledgeOf(1, past, { registry })],
  )
})

test('a finding whose event names a credential tells whose it is by evidence', async () => {
  const bound = [
    ...registry,
    { tenant: 'acme', agent: 'amy', tier: 'critical' as const, aliases: [], credentials: { prefixes: ['jti:amy-'] } },
  ]
  const strange = { system: 'vault', action: 'dump', destinations: ['host:evil.example'], bytes_sent: 50e9 }
  const proven = ['agent' as const, 'credential' as const]
  const reported = (event: Partial<AgentEvent>) =>
    inWorld(
      [eventOf(0), eventOf(1, { ...strange, ...event })].map(eventRecordOf),
      async (world) => {
        await world.run()
        return (await world.findings()).find(({ source }) => source.offset === 1)
      },
      [knowledgeOf(1, past, { registry: bound })],
    )
  const foreign = await reported({ credential: { id: 'jti:amy-7' }, proven })
  assert.deepEqual(foreign?.credential_holder, { agent: 'amy', tier: 'critical', basis: 'registry' })
  assert.equal(
    foreign?.reasons.at(-1),
    'credential of another: the registry gives jti:amy-7 to amy, though a token of bot is bound to it',
  )
  const own = await reported({ credential: { id: 'jti:7' }, proven })
  assert.deepEqual(own?.credential_holder, { agent: 'bot', tier: 'high', basis: 'token' })
  const claimed = await reported({ credential: { id: 'jti:7' }, proven: ['agent'] })
  assert.ok(claimed !== undefined && !('credential_holder' in claimed))
})

test('promise 11: what an event claims of session, caller and owner changes nothing of the agents that it names', async () => {
  const work = Array.from({ length: 40 }, (_, at) => eventOf(2 * at, { agent: 'third', session: 'theirs' }))
  const wild = { system: 'vault', action: 'dump', bytes_sent: 50e9, privilege: 'root', outcome: 'denied' as const }
  const claims = Array.from({ length: 40 }, (_, at) =>
    eventOf(2 * at + 1, {
      ...wild,
      session: 'theirs',
      parent_agent: 'third',
      owner: 'third@acme.example',
      trace: 'theirs',
    }),
  )
  const last = eventOf(90, { agent: 'third', session: 'theirs', system: 'crm', action: 'export', bytes_sent: 7e6 })
  const judged = async (records: readonly AgentEvent[]) => {
    const reported: unknown[] = []
    await inWorld(records.map(eventRecordOf), async (world) => {
      await world.run({
        onJudgement: ({ observed, score, risk, p_value, ended }) => {
          if (observed.event.agent === 'third') reported.push([observed.event.id, score, risk, p_value, ended])
        },
      })
    })
    return reported
  }
  assert.equal((await judged([...work, last])).length, 41)
  assert.deepEqual(
    await judged([...work, ...claims, last].sort((a, b) => a.time - b.time)),
    await judged([...work, last]),
  )
})

/** What ingest writes at the first use of a credential by an agent. */
const useOf = (event: AgentEvent): NewRecord => ({
  topic: topics.credentials.name,
  key: partitionKeyOf(event.tenant, String(event.credential?.id)),
  value: JSON.stringify({ tenant: event.tenant, credential_id: event.credential?.id, agent: event.agent, event }),
  timestamp: event.time + 500,
})

test('a credential at two agents is found by first uses alone, once, before a restart and after', async () => {
  const credential = { id: 'jti:1' }
  const uses = ['bot', 'bot', 'thief'].map((agent, at) => useOf(eventOf(at, { agent, credential })))
  await inWorld(
    uses.slice(0, 2),
    async (world) => {
      await world.run()
      assert.deepEqual(await world.findings(), [])
      await world.log.append(uses.slice(2))
      await world.run()
      await world.log.append([...uses.slice(2), useOf(eventOf(9, { agent: 'bot', credential: { id: 'jti:2' } }))])
      await world.run()
      const [finding, ...more] = await world.findings()
      assert.deepEqual(more, [])
      assert.deepEqual(Finding.parse(finding), finding)
      assert.deepEqual(
        [finding?.cause, finding?.target, finding?.agent, finding?.severity, finding?.log.topic],
        ['credential_shared', 'jti:1', 'thief', 'critical', topics.credentials.name],
      )
      assert.equal(finding?.tier, 'medium')
      assert.match(
        finding?.reasons[0] ?? '',
        /^Credential jti:1 was used by two agents: bot since \S+, thief since \S+ \(UTC, as their logs say\)\. It is not known/,
      )
    },
    [knowledgeOf(1, past, { registry })],
  )
})
