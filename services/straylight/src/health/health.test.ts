import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { partitionOf } from '@straylight/runtime/log/key-partition'
import { createLifecycle } from '@straylight/runtime/process/lifecycle'
import { createLogger } from '@straylight/runtime/process/logger'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { hourMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { watchHealth } from './health.ts'

// Promise 12: each sender has a budget of its own, and lag disarms only where it is.

// Promise 16: whatever fails ends the process with its code, and dead is never ready.

const logger = createLogger({ level: 'silent', readable: false })

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-health-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** A log with a watch over it that calls a stage late beyond three records. */
async function watched(name: string) {
  const log = await openEmbeddedLog({ directory: join(folder, name), durable: false })
  await log.ensureTopics(Object.values(topics), 2)
  const lifecycle = createLifecycle({ logger, stopWithinMs: 5_000 })
  lifecycle.opened('log', () => log.close())
  const metrics = createMetrics({ processMetrics: false })
  const health = watchHealth({ log, settings: { STRAYLIGHT_READY_LAG_RECORDS: 3 }, metrics, lifecycle, logger })
  const write = (topic: string, count: number, timestamp = 0) =>
    log.append(Array.from({ length: count }, () => ({ topic, partition: 0, key: 'k', value: '{}', timestamp })))
  return { log, lifecycle, health, write }
}

/** A finding of an agent whose events, and whose source records, stand in these partitions of two. */
const finding = { tenant: 'acme', agent: 'bot', log: { topic: topics.events.name, partition: 0, offset: 0 } }
const inFirst = { ...finding, agent: agentIn(0), source: { partition: 0, offset: 0, index: 0 } }
const inSecond = {
  ...inFirst,
  agent: agentIn(1),
  log: { ...finding.log, partition: 1 },
  source: { partition: 1, offset: 0, index: 0 },
}

/** The first of some agents whose events are in this partition of two. */
function agentIn(partition: number): string {
  const names = Array.from({ length: 20 }, (_, at) => `bot-${at}`)
  const found = names.find((agent) => partitionOf(agentKeyOf({ tenant: 'acme', agent }), 2) === partition)
  assert(found !== undefined)
  return found
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('without a first knowledge version it is not ready, with one it is', async () => {
  const { lifecycle, health, write } = await watched('first')
  assert.match(health.readiness().reasons.join(), /nothing is known yet/)
  assert.match(health.unwell(inFirst) ?? '', /nothing is known yet/)
  let looked = false
  void health.looked.then(() => {
    looked = true
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.ok(!looked, 'respond waits: a look that finds no knowledge tells nothing')
  await write(topics.knowledge.name, 1)
  await health.ready
  await health.looked
  assert.deepEqual(health.readiness(), { ready: true, reasons: [] })
  assert.equal(health.unwell(inFirst), null)
  await lifecycle.stop('test')
})

test('a stage that falls behind is named, and disarms only those whose partition is behind', async () => {
  const { log, lifecycle, health, write } = await watched('lag')
  await write(topics.knowledge.name, 1)
  await health.ready
  await write(topics.events.name, 10)
  await until(() => health.unwell(inFirst) !== null)
  assert.match(
    health.unwell(inFirst) ?? '',
    /^baseline is 10 records behind, more than 3; score is 10 records behind, more than 3$/,
  )
  assert.equal(health.unwell(inSecond), null)
  assert.equal(health.readiness().ready, false)
  assert.equal(health.behind('score'), 10)
  for (const group of ['straylight-score', 'straylight-baseline']) {
    const consumer = await log.subscribe({ group, topics: [topics.events.name] })
    await consumer.poll({ recordsMax: 10, waitMs: 0 })
    await consumer.commit([{ topic: topics.events.name, partition: 0, offset: 10 }])
    await consumer.close()
  }
  await until(() => health.unwell(inFirst) === null)
  await lifecycle.stop('test')
})

test('what waits unread is no lag until it lasts, and what waited at the start is', async () => {
  const first = await watched('flood')
  await first.write(topics.knowledge.name, 1)
  await first.health.ready
  await first.write(topics.audit.name, 10)
  await until(() => first.health.behind('ingest') === 10)
  assert.deepEqual(first.health.readiness(), { ready: true, reasons: [] }, 'a flood that goes by stops nobody')
  assert.equal(first.health.unwell(inFirst), null)
  await first.lifecycle.stop('test')
  const again = await watched('flood')
  await until(() => !again.health.readiness().ready && again.health.behind('ingest') === 10)
  assert.match(again.health.unwell(inFirst) ?? '', /^ingest is 10 records behind, more than 3$/)
  assert.equal(again.health.unwell(inSecond), null)
  await again.lifecycle.stop('test')
})

test('findings that respond has not read yet are reported, and disarm nobody: they may be of one agent', async () => {
  const { lifecycle, health, write } = await watched('respond')
  await write(topics.knowledge.name, 1)
  await health.ready
  await write(topics.findings.name, 10)
  await until(() => !health.readiness().ready)
  assert.match(health.readiness().reasons.join(), /^respond is 10 records behind/)
  assert.deepEqual([health.unwell(inFirst), health.unwell(inSecond)], [null, null])
  await lifecycle.stop('test')
})

test('senders are slowed down for each stage that reads on and is behind, and for none that stands still', async () => {
  const { log, lifecycle, health, write } = await watched('overload')
  await write(topics.knowledge.name, 1)
  await health.ready
  for (const [stage, topic] of [
    ['ingest', topics.audit.name],
    ['score', topics.events.name],
    ['respond', topics.findings.name],
  ] as const) {
    await write(topic, 10)
    await until(() => health.behind(stage) === 10)
    assert.equal(health.overload(), 0, `${stage} has not begun, and may wait for something else`)
    const consumer = await log.subscribe({ group: `straylight-${stage}`, topics: [topic] })
    const readTo = async (offset: number) => {
      await consumer.poll({ recordsMax: 10, waitMs: 0 })
      await consumer.commit([{ topic, partition: 0, offset }])
    }
    await readTo(2)
    await until(() => health.overload() === 8)
    await readTo(10)
    await until(() => health.overload() === 0)
    await consumer.close()
  }
  await lifecycle.stop('test')
})

test('what is reported beside makes it not ready, disarms nothing, and stays readable', async () => {
  const { lifecycle, health, write } = await watched('reported')
  await write(topics.knowledge.name, 1)
  await health.ready
  let waiting = ['the webhook soc has waited for 12 minutes']
  health.tell(() => waiting)
  assert.deepEqual(health.readiness(), { ready: false, reasons: waiting })
  assert.equal(health.unwell(inFirst), null)
  waiting = Array.from({ length: 500 }, (_, at) => `the webhook ${at} has waited`)
  assert.equal(health.readiness().reasons.length, 21)
  assert.equal(health.readiness().reasons.at(-1), 'and 480 more')
  await lifecycle.stop('test')
})

test('knowledge three days older than the events it judges is stale', async () => {
  const { lifecycle, health, write } = await watched('stale')
  await write(topics.knowledge.name, 1, 1_000 * hourMs)
  await write(topics.events.name, 1, 1_071 * hourMs)
  await health.ready
  await write(topics.events.name, 1, 1_080 * hourMs)
  await until(() => health.unwell(inFirst) !== null)
  assert.match(health.unwell(inFirst) ?? '', /80 hours older than the newest event/)
  await lifecycle.stop('test')
})
