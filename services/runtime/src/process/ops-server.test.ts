import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topics } from '@straylight/schemas/topics'
import { countProgress, createMetrics, meteredStage } from './metrics.ts'
import { startOpsServer } from './ops-server.ts'
import type { Stage } from './stage.ts'

const quiet = { processMetrics: false }

test('it says that it lives, whether it is ready and why not', async () => {
  let reasons: string[] = ['score: 200000 records behind']
  const server = await startOpsServer({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics(quiet),
    readiness: () => ({ ready: reasons.length === 0, reasons }),
  })
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  const notReady = await fetch(`${server.url}/readyz`)
  assert.equal(notReady.status, 503)
  assert.deepEqual(await notReady.json(), { status: 'not ready', reasons })
  reasons = []
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  await server.close()
})

test('metrics count what a stage took, wrote and rejected', async () => {
  const metrics = createMetrics(quiet)
  const server = await startOpsServer({
    host: '127.0.0.1',
    port: 0,
    metrics,
    readiness: () => ({ ready: true, reasons: [] }),
  })
  const record = { topic: topics.audit.name, partition: 1, offset: 7, key: 'a', value: Buffer.from('x'), headers: {} }
  const stage: Stage = {
    name: 'ingest',
    topics: [topics.audit.name],
    batchRecordsMax: 10,
    process: async () => [
      { topic: topics.rejected.name, key: 'a', value: JSON.stringify({ code: 'not_json', reason: 'cut off' }) },
      { topic: topics.events.name, key: 'a', value: '{}' },
    ],
  }
  const batches = [{ topic: topics.audit.name, partition: 1, records: [{ ...record, timestamp: 9_000 }], lag: 41 }]
  const written: string[] = []
  const metered = meteredStage(stage, metrics, ({ topic }) => written.push(topic))
  assert.equal((await metered.process(batches)).length, 2)
  assert.deepEqual(written, [topics.rejected.name, topics.events.name])
  countProgress(metrics, { stage: 'ingest', batches, records: 1, written: 2, seconds: 0.5 }, 10_000)
  const text = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(text, /straylight_records_read_total\{stage="ingest",topic="agent.audit.v1"\} 1/)
  assert.match(text, /straylight_lag_records\{stage="ingest",topic="agent.audit.v1",partition="1"\} 41/)
  assert.match(text, /straylight_records_written_total\{stage="ingest",topic="agent.events.v1"\} 1/)
  assert.match(text, /straylight_latency_seconds_sum\{stage="ingest"\} 1\n/)
  await server.close()
})

test('promise 12: a flood of who asks for metrics makes them once', async () => {
  const metrics = createMetrics(quiet)
  const { registry } = metrics
  const tell = registry.metrics.bind(registry)
  let times = 0
  registry.metrics = () => {
    times++
    return tell()
  }
  const server = await startOpsServer({
    host: '127.0.0.1',
    port: 0,
    metrics,
    readiness: () => ({ ready: true, reasons: [] }),
  })
  const askedMs = performance.now()
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => (await fetch(`${server.url}/metrics`)).text()),
  )
  assert.ok(answers.every((text) => text.includes('straylight_records_read_total')))
  assert.ok(times <= 1 + (performance.now() - askedMs) / 250, `made ${times} times`)
  assert.ok(times < 100)
  await server.close()
})

test('what is registered answers on the same port', async () => {
  const server = await startOpsServer({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics(quiet),
    readiness: () => ({ ready: true, reasons: [] }),
    register: (app) => {
      app.post('/v1/events', async (_request, reply) => reply.code(202).send({ accepted: 1 }))
    },
  })
  assert.equal((await fetch(`${server.url}/v1/events`, { method: 'POST' })).status, 202)
  await server.close()
})

test('a port that is taken is named, with what to do', async () => {
  const options = {
    host: '127.0.0.1',
    metrics: createMetrics(quiet),
    readiness: () => ({ ready: true, reasons: [] }),
  }
  const first = await startOpsServer({ ...options, port: 0 })
  const port = Number(new URL(first.url).port)
  await assert.rejects(startOpsServer({ ...options, port }), new RegExp(`127.0.0.1:${port}.*STRAYLIGHT_PORT`))
  await first.close()
})
