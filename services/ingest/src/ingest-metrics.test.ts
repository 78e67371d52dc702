import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { topics } from '@straylight/schemas/topics'
import { countRejection, ingestMetrics } from './ingest-metrics.ts'

test('what ingest writes is counted by why it could not be read, and an event is none of these', async () => {
  const { registry } = createMetrics({ processMetrics: false })
  const metrics = ingestMetrics({ registry })
  const written = (topic: string, value: string) => countRejection(metrics, { topic, key: 'a', value })
  written(topics.rejected.name, JSON.stringify({ code: 'not_json', reason: 'cut off', raw: '"code":"forged"' }))
  written(topics.rejected.name, `${' '.repeat(5_000)}"code":"late"`)
  written(topics.events.name, '{"code":"not_json"}')
  const text = await registry.metrics()
  assert.match(text, /straylight_rejections_total\{code="not_json"\} 1\n/)
  assert.match(text, /straylight_rejections_total\{code="unknown"\} 1\n/)
  assert.doesNotMatch(text, /forged|late"/)
})
