import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { Finding } from '@straylight/schemas/finding'
import type { Knowledge } from '@straylight/schemas/knowledge'
import type { Session } from '@straylight/schemas/session'
import { topics } from '@straylight/schemas/topics'
import { daysOfWork } from '../test-support/days-of-work.ts'
import { eventOf, noon } from '../test-support/event-of.ts'
import { failingStore } from '../test-support/failing-store.ts'
import { knowledgeOf, modelOf } from '../test-support/knowledge-of.ts'
import { drain, eventRecordOf, markersOf, partitions, ScoreWorld } from '../test-support/score-world.ts'
import { silentAgents } from '../test-support/silent-agents.ts'

let directory: string
let store: Store
let versions: readonly Knowledge[] = []
before(async () => {
  await openTensorBackend('wasm')
  directory = await mkdtemp(join(tmpdir(), 'straylight-score-store-'))
  store = await openStore({ directory })
  versions = [
    knowledgeOf(1, past.slice(0, 100), { model: modelOf(1) }),
    knowledgeOf(2, past, {
      model: modelOf(2),
      corrections: ['bot', 'peer', 'third', 'bot'].map((agent, at) =>
        correctionOf({ ...work[at]!, agent }, at === 1 ? -1 : 1),
      ),
    }),
  ]
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** A world, made new and closed again for each use. */
async function inWorld<Result>(
  records: readonly NewRecord[],
  work: (world: ScoreWorld) => Promise<Result>,
  knowledge = versions,
): Promise<Result> {
  const world = await ScoreWorld.open(store, knowledge)
  try {
    await world.log.append(records)
    return await work(world)
  } finally {
    await world.close()
  }
}

const past = daysOfWork(300, 1, { from: noon - 10 * dayMs, strangeOneIn: Number.POSITIVE_INFINITY })
const work = daysOfWork(420, 2)
/** A learnt event taken back and a quarantined one released, for agents of either partition; two of one agent. */
const correctionOf = (event: AgentEvent, sign: 1 | -1) => ({
  tenant: event.tenant,
  agent: event.agent,
  sign,
  event,
  previous_step: 'erp/read',
  previous_step_2: '^',
  session_bytes_sent: 100,
  session_bytes_received: 0,
  flows: null,
  root: 'ambient' as const,
  late: false,
  closed: [],
  passed: [],
  why: 'a verdict',
})
const changed = eventOf(1000, { id: work[50]!.id, agent: work[50]!.agent, time: work.at(-1)!.time + 1 })
const days: readonly NewRecord[] = [
  ...work.slice(0, 200).map(eventRecordOf),
  ...markersOf(2, work[199]!.time + 700),
  ...work.slice(200).map(eventRecordOf),
  eventRecordOf(changed),
]
let one: Promise<{ findings: Finding[]; sessions: Session[] }> | undefined
/** What a run without any trouble writes. */
function undisturbed() {
  one ??= inWorld(days, async (world) => {
    await world.run()
    return { findings: await world.findings(), sessions: await world.sessions() }
  })
  return one
}

test('the stage writes findings with their place, and sessions that ended', async () => {
  const { findings, sessions } = await undisturbed()
  assert.ok(findings.length > 10, `${findings.length} findings`)
  const byId = new Map([...work, changed].map((event) => [`${event.id}/${event.content_hash}`, event]))
  for (const finding of findings) {
    assert.deepEqual(Finding.parse(finding), finding)
    assert.equal(finding.log.topic, topics.events.name)
    assert.ok(finding.log.partition >= 0 && finding.log.partition < partitions)
    const event = [...byId.values()].find(
      ({ id, position }) => id === finding.event_id && position.offset === finding.source.offset,
    )
    assert.deepEqual([event?.agent, event?.time], [finding.agent, finding.time])
    assert.equal(finding.log_time, finding.time + 500)
  }
  assert.deepEqual(new Set(findings.map(({ evidence }) => evidence.knowledge_version)), new Set([1, 2]))
  assert.ok(sessions.length > 10, `${sessions.length} sessions`)
})

test('the same log gives the same findings however it was cut into batches', async () => {
  const expected = await undisturbed()
  for (const recordsMax of [3, 64]) {
    await inWorld(days, async (world) => {
      await world.run({ recordsMax, checkpointEvents: 50 })
      assert.deepEqual(await world.findings(), expected.findings)
      assert.deepEqual(await world.sessions(), expected.sessions)
    })
  }
})

test('of a large turn the first findings are given ahead, and all of them as without', async () => {
  const batchesOf = async ({ log }: ScoreWorld) => {
    const at = { topic: topics.events.name, partition: 0 }
    const records = []
    for await (const record of log.read(at, 0, await log.endOffset(at))) records.push(record)
    // As long as it takes for a turn to be a large one: what comes twice is passed over.
    return [{ ...at, records: [...records, ...records, ...records], lag: 0 }]
  }
  const valuesOf = (output: readonly NewRecord[]) => output.map(({ value }) => value.toString())
  const runs = await Promise.all(
    [true, false].map((hasAhead) =>
      inWorld(days, async (world) => {
        const { score, runner } = await world.start()
        await score.assigned?.([{ topic: topics.events.name, partition: 0, offset: 0 }])
        const pieces: string[][] = []
        const ahead = (output: readonly NewRecord[]) => void pieces.push(valuesOf(output))
        const rest = await score.process(await batchesOf(world), ...(hasAhead ? [ahead] : []))
        await runner.close()
        return { ahead: pieces.flat(), all: [...pieces.flat(), ...valuesOf(rest)] }
      }),
    ),
  )
  assert.ok((runs[0]?.ahead.length ?? 0) > 0)
  assert.deepEqual(runs[0]?.all, runs[1]?.all)
})

test('stopped anywhere, a new instance goes on from the checkpoint as if nothing had happened', async () => {
  const expected = await undisturbed()
  for (const stopAfter of [1, 4, 9, 13]) {
    await inWorld(days, async (world) => {
      const { runner } = await world.start({ recordsMax: 20, checkpointEvents: 70 })
      for (let step = 0; step < stopAfter; step++) await runner.step()
      await runner.close()
      await world.run({ recordsMax: 33 })
      assert.deepEqual(await world.findings(), expected.findings, `stopped after ${stopAfter} steps`)
      assert.deepEqual(await world.sessions(), expected.sessions)
    })
  }
})

test('killed between output and commit, again and again, it writes no other findings', async () => {
  const expected = await undisturbed()
  await inWorld(days, async (world) => {
    for (const stepsBefore of [0, 3, 2, 4]) {
      let left = stepsBefore
      const afterAppend = () => {
        if (left-- === 0) throw new Error('killed')
      }
      const { runner } = await world.start({ recordsMax: 15, checkpointEvents: 25, faults: { afterAppend } })
      await assert.rejects(drain(runner), /killed/)
      await runner.close()
    }
    await world.run({ recordsMax: 40 })
    assert.deepEqual(await world.findings(), expected.findings)
    assert.deepEqual(await world.sessions(), expected.sessions)
  })
})

test('a checkpoint cut short between profiles and offsets, or between two inserts of profiles, only costs reading', async () => {
  const expected = await undisturbed()
  for (const fails of [
    (call: string, name: string) => call === 'insert' && name === 'partition_checkpoints',
    (call: string, name: string) => call === 'insert' && name === 'profiles',
  ]) {
    await inWorld(days, async (world) => {
      let broken = false
      const wrapped = failingStore(store, (call, name) => broken && fails(call, name))
      const { runner } = await world.start({ store: wrapped, recordsMax: 5, checkpointEvents: 60 })
      for (let step = 0; step < 15; step++) await runner.step()
      broken = true
      await assert.rejects(drain(runner), /the store is away/)
      await runner.close()
      const { score, runner: next } = await world.start({ recordsMax: 50 })
      await drain(next)
      await next.close()
      assert.deepEqual(await world.findings(), expected.findings)
      assert.equal(score.sizes().redelivered, 0)
    })
  }
})

test('output that the log did not take is not forgotten by a last checkpoint', async () => {
  const expected = await undisturbed()
  await inWorld(days, async (world) => {
    let left = 6
    const log: Log = Object.assign(Object.create(world.log) as Log, {
      append: async (records: readonly NewRecord[]) => {
        if (records.length > 0 && left-- <= 0) throw new Error('the log is away')
        await world.log.append(records)
      },
    })
    const { score, runner } = await world.start({ log, recordsMax: 20, checkpointEvents: 60 })
    await assert.rejects(drain(runner), /the log is away/)
    await runner.close()
    await score.checkpoint()
    await world.run()
    assert.deepEqual(await world.findings(), expected.findings)
    assert.deepEqual(await world.sessions(), expected.sessions)
  })
})

test('agents that left memory come back from the store as they were', async () => {
  const expected = await undisturbed()
  await inWorld(days, async (world) => {
    const score = await world.run({ recordsMax: 6, profilesMax: 2, checkpointEvents: 1_000_000 })
    assert.ok(score.sizes().profiles <= 2 + 5, `${score.sizes().profiles} profiles`)
    assert.deepEqual(await world.findings(), expected.findings)
    assert.deepEqual(await world.sessions(), expected.sessions)
  })
})

test('scoring of held and of new agents goes on while the store is away, and nothing is lost after', async () => {
  const expected = await undisturbed()
  await inWorld(days, async (world) => {
    let away = false
    const reported: unknown[] = []
    const options = {
      store: failingStore(store, () => away),
      recordsMax: 20,
      checkpointEvents: 40,
      onStoreAway: (error: unknown) => reported.push(error),
    }
    const { score, runner } = await world.start(options)
    await runner.step()
    away = true
    for (let step = 0; step < 8; step++) await runner.step()
    assert.ok(reported.length >= 2, `${reported.length} failed checkpoints`)
    assert.ok((await world.findings()).length > 0)
    away = false
    await drain(runner)
    await score.checkpoint()
    await runner.close()
    assert.deepEqual(await world.findings(), expected.findings)
    await world.log.append(work.slice(0, 30).map((event, at) => eventRecordOf({ ...event, ...laterAs(event, at) })))
    const again = await world.run()
    assert.equal(again.sizes().profiles, new Set(work.slice(0, 30).map(({ agent }) => agent)).size)
  })
})
const laterAs = (event: AgentEvent, at: number) => {
  const { id, position, content_hash } = eventOf(5_000 + at)
  return { id, position, content_hash, time: event.time + 7 * dayMs }
}

test('without a handler, or with twice the profiles that memory may hold, a store that is away stops the stage', async () => {
  await inWorld(days, async (world) => {
    const insertsFail = failingStore(store, (call) => call === 'insert')
    const first = await world.start({ store: insertsFail, recordsMax: 20, checkpointEvents: 10 })
    await assert.rejects(drain(first.runner), /the store is away/)
    await first.runner.close()
    const second = await world.start({ store: insertsFail, recordsMax: 20, profilesMax: 1, onStoreAway: () => {} })
    await assert.rejects(drain(second.runner), /the store is away/)
    await second.runner.close()
  })
})

test('an agent that fell silent before a takeover is reported all the same, once, even where a checkpoint was cut short', async () => {
  const reported = (findings: readonly Finding[]) => findings.filter(({ cause }) => cause === 'silent_agent')
  const records = silentAgents()
  const expected = await inWorld(records, async (world) => {
    await world.run()
    return world.findings()
  })
  assert.deepEqual(
    reported(expected)
      .map(({ agent }) => agent)
      .sort(),
    ['mute', 'quiet'],
  )
  let cuts = 0
  for (const stopAfter of [33, 45, 48, 51, 54, 57]) {
    for (const cutShort of [false, true]) {
      await inWorld(records, async (world) => {
        let broken = false
        const wrapped = failingStore(
          store,
          (call, name) => broken && call === 'insert' && name === 'partition_checkpoints',
        )
        const { runner } = await world.start({ store: wrapped, recordsMax: 16, checkpointEvents: 60 })
        for (let step = 0; step < stopAfter; step++) await runner.step()
        broken = true
        // Near the end no batch comes any more that would noteHeartbeat of it.
        const outcome = cutShort ? await drain(runner).catch(String) : undefined
        if (outcome !== undefined) assert.match(outcome, /the store is away/)
        if (outcome !== undefined) cuts++
        await runner.close()
        await world.run({ recordsMax: 33, checkpointEvents: 1 })
        assert.deepEqual(await world.findings(), expected, `stopped after ${stopAfter} steps`)
      })
    }
  }
  assert.ok(cuts > 2, `${cuts} checkpoints were cut short`)
})

test('a partition that left and came back is recovered anew', async () => {
  const expected = await undisturbed()
  await inWorld(days, async (world) => {
    const first = await world.start({ recordsMax: 20, checkpointEvents: 90 })
    for (let step = 0; step < 3; step++) await first.runner.step()
    const second = await world.start({ recordsMax: 20, checkpointEvents: 90 })
    for (let step = 0; step < 4; step++) {
      await second.runner.step()
      await first.runner.step()
    }
    await second.runner.close()
    await drain(first.runner)
    await first.runner.close()
    assert.deepEqual(await world.findings(), expected.findings)
    assert.deepEqual(await world.sessions(), expected.sessions)
  })
})

test('a marker switches knowledge on at its place, on every partition', async () => {
  await inWorld(days, async (world) => {
    const judged: { version: number; agent: string; time: number; model: string }[] = []
    await world.run({
      recordsMax: 50,
      onJudgement: ({ observed: { event, judging } }) =>
        judged.push({
          version: judging.version,
          agent: event.agent,
          time: event.time,
          model: judging.model.artifact.name,
        }),
    })
    assert.equal(judged.length, work.length + 1)
    for (const { version, time, model } of judged) {
      assert.equal(version, time <= work[199]!.time ? 1 : 2)
      assert.equal(model, `model-${version}`)
    }
  })
})

test('a marker whose knowledge is lost is a broken log, and says what to do', async () => {
  const later = [...versions, { ...versions[1]!, version: 9 }]
  const records = [eventRecordOf(work[0]!), ...markersOf(5, noon)]
  await inWorld(
    records,
    async (world) => {
      const { runner } = await world.start()
      await assert.rejects(drain(runner), /agent\.knowledge\.v1 lacks version 5.*restore/)
      await runner.close()
    },
    later,
  )
})

test('a marker of a version that nobody published is set aside, and what follows is judged as if it had never been', async () => {
  const [first, ...rest] = work.slice(0, 40).map(eventRecordOf)
  const without = await inWorld([first!, ...rest], async (world) => {
    await world.run()
    return world.findings()
  })
  const bogus = markersOf(1_000_000, noon)
  await inWorld([first!, ...bogus, ...rest, ...markersOf(2, noon)], async (world) => {
    await world.run()
    const bare = ({ log: _log, ...finding }: Finding) => finding
    assert.deepEqual((await world.findings()).map(bare), without.map(bare))
    const aside = await world.setAside()
    assert.equal(aside.length, bogus.length)
    assert.ok(
      aside.every(({ stage, code, reason }) => `${stage} ${code}` === 'score unreadable' && /1000000/.test(reason)),
    )
  })
})
