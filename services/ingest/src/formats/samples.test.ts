import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { formatSamples, goldenOf, readSample } from '../../test-support/format-samples.ts'
import { allFormats } from './all-formats.ts'

const samples = formatSamples()
const position = { topic: 'agent.audit.v1', partition: 0, offset: 0, index: 0 }

for (const sample of samples)
  test(`${sample.format}: ${basename(sample.file)} is read as its golden events say`, async () => {
    const golden = goldenOf(sample)
    assert.ok(golden !== null, 'run `npm run format-golden`, and read what it wrote')
    assert.deepEqual(await readSample(sample), golden)
    for (const event of golden.events) AgentEvent.parse({ id: 'made', ...event, position })
    assert.ok(
      golden.events.every(({ format }) => format === sample.format),
      'its events are of its format',
    )
  })

test('each file of golden events has its sample, which nothing keeps out of the repository', () => {
  const known = new Set(samples.map(({ path }) => path))
  const folder = new URL('samples/', import.meta.url)
  const goldens = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.golden.json'),
  )
  for (const name of goldens) {
    const path = fileURLToPath(new URL(name.replace(/\.golden\.json$/, ''), folder))
    assert.ok(known.has(path), `${name} has no sample`)
  }
})

test('each format has samples, and of each an event', () => {
  const filled = new Set(samples.flatMap((sample) => goldenOf(sample)?.events.map(({ format }) => format) ?? []))
  for (const { name } of allFormats)
    assert.ok(filled.has(name), `no event of ${name}: write a sample into services/ingest/src/formats/samples/${name}/`)
})
