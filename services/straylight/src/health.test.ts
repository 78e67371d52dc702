import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openEmbeddedLog } from '@straylight/runtime/embedded-log'
import { createLifecycle } from '@straylight/runtime/lifecycle'
import { createLogger } from '@straylight/runtime/logger'
import { createMetrics } from '@straylight/runtime/metrics'
import { topics } from '@straylight/schemas/topics'
import { watchHealth } from './health.ts'

const logger = createLogger({ level: 'silent', readable: false })
const hourMs = 3_600_000

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

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('without a first knowledge version it is not ready, with one it is', async () => {
  const { lifecycle, health, write } = await watched('first')
  assert.match(health.readiness().reasons.join(), /nothing is known yet/)
  assert.match(health.unwell() ?? '', /nothing is known yet/)
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
  assert.equal(health.unwell(), null)
  await lifecycle.stop('test')
})

test('a stage that falls behind makes the detector unwell, and is named', async () => {
  const { log, lifecycle, health, write } = await watched('lag')
  await write(topics.knowledge.name, 1)
  await health.ready
  await write(topics.audit.name, 10)
  await until(() => health.unwell() !== null)
  assert.match(health.unwell() ?? '', /^ingest is 10 records behind, more than 3$/)
  assert.equal(health.behind('ingest'), 10)
  const consumer = await log.subscribe({ group: 'straylight-ingest', topics: [topics.audit.name] })
  await consumer.poll({ recordsMax: 10, waitMs: 0 })
  await consumer.commit([{ topic: topics.audit.name, partition: 0, offset: 10 }])
  await until(() => health.unwell() === null)
  await consumer.close()
  await lifecycle.stop('test')
})

test('knowledge three days older than the events it judges is stale', async () => {
  const { lifecycle, health, write } = await watched('stale')
  await write(topics.knowledge.name, 1, 1_000 * hourMs)
  await write(topics.events.name, 1, 1_071 * hourMs)
  await health.ready
  await write(topics.events.name, 1, 1_080 * hourMs)
  await until(() => health.unwell() !== null)
  assert.match(health.unwell() ?? '', /80 hours older than the newest event/)
  await lifecycle.stop('test')
})
