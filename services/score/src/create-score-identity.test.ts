import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTensorBackend } from '@straylight/models/tensor-backend'
import type { NewRecord } from '@straylight/runtime/log'
import { openStore } from '@straylight/runtime/open-store'
import type { Store } from '@straylight/runtime/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { daysOfWork } from '../kit/days-of-work.ts'
import { eventOf, noon } from '../kit/event-of.ts'
import { knowledgeOf, modelOf } from '../kit/knowledge-of.ts'
import { recordOf, ScoreWorld } from '../kit/score-world.ts'

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

const past = daysOfWork(300, 1, { from: noon - 10 * 86_400_000, strangeOneIn: Number.POSITIVE_INFINITY })

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

test('an id used again with other content is scored and told, a plain repeat is neither', async () => {
  const twin = { ...eventOf(1, { id: 'e0' }) }
  const repeat = { ...eventOf(2, { id: 'e0' }), content_hash: eventOf(0).content_hash }
  await inWorld([eventOf(0), twin, repeat].map(recordOf), async (world) => {
    const score = await world.run()
    const told = (await world.findings()).filter(({ cause }) => cause === 'changed_repeat')
    assert.deepEqual(
      told.map(({ target, source, reasons }) => [target, source.offset, reasons[0]]),
      [['e0', 1, 'event id used twice: e0 came before with other content (usual: one content an id)']],
    )
    assert.equal(score.sizes().repeats, 1)
  })
})

test('promise 15: under an id that was used before, what an event itself does leads, and both are told', async () => {
  const strange = {
    ...eventOf(2, { id: 'e0' }),
    ...{ system: 'vault', action: 'dump', destinations: ['host:evil.example'], bytes_sent: 50e9, privilege: 'root' },
  }
  const alone = { ...strange, id: 'never-used' }
  const told = (records: readonly AgentEvent[]) =>
    inWorld(records.map(recordOf), async (world) => {
      await world.run()
      return (await world.findings()).find(({ source }) => source.offset === 2)
    })
  const [finding, expected] = [await told([eventOf(0), strange]), await told([eventOf(0), alone])]
  assert.ok(expected !== undefined && expected.cause !== 'changed_repeat')
  assert.deepEqual([finding?.cause, finding?.target], [expected.cause, expected.target])
  assert.deepEqual([finding?.severity, finding?.score], [expected.severity, expected.score])
  const [first, second, ...rest] = finding?.reasons ?? []
  assert.equal(second, 'event id used twice: e0 came before with other content (usual: one content an id)')
  assert.deepEqual([first, ...rest], expected.reasons)
})

test("promise 15: another agent's event is no repeat of this one's id, whichever came first", async () => {
  const same = { content_hash: eventOf(0).content_hash }
  const squatter = { ...eventOf(0, { id: 'e1' }), ...same, agent: 'squatter' }
  await inWorld([squatter, { ...eventOf(1, { id: 'e1' }), ...same }].map(recordOf), async (world) => {
    const score = await world.run()
    assert.equal(score.sizes().repeats, 0, 'the same bytes from another agent hide nothing')
    assert.ok((await world.findings()).every(({ cause }) => cause !== 'changed_repeat'))
  })
})

const registry = [{ tenant: 'acme', agent: 'bot', tier: 'high' as const, aliases: [] }]

test('an agent in no registry is told once, with whatever else its first event is', async () => {
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
  const records = [...events, ...wild, eventOf(50)].map(recordOf)
  for (const recordsMax of [1, 100]) {
    await inWorld(
      records,
      async (world) => {
        await world.run({ recordsMax, checkpointEvents: 3 })
        const told = (await world.findings()).filter(({ reasons }) =>
          reasons.some((reason) => /^unowned agent/.test(reason)),
        )
        assert.deepEqual(told.map(({ event_id }) => event_id).sort(), ['e0', 'we0'], `batches of ${recordsMax}`)
        assert.ok(told.every(({ registered }) => !registered))
      },
      knowledge,
    )
  }
})

test('without a registry nobody is unowned', async () => {
  const records = [recordOf(eventOf(0, { agent: 'stranger', registered: false }))]
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

/** What ingest writes at the first use of a credential by an agent. */
const useOf = (event: AgentEvent): NewRecord => ({
  topic: topics.credentials.name,
  key: `${event.tenant}|${event.credential?.id}`,
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
        /^Credential jti:1 was used by two agents: bot since \S+, thief since \S+ \(UTC\)\. It is not known/,
      )
    },
    [knowledgeOf(1, past, { registry })],
  )
})
