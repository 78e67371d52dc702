import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { formatSamples, goldenOf } from '@straylight/ingest/test-support/format-samples'
import { sampleRecord } from '@straylight/ingest/test-support/sample-record'
import { withFormatsTables } from './inputs/formats-doc.ts'
import { formatOf, sourcePages } from './inputs/sources-doc.ts'

// `npm run formats-doc`: tests fail when these pages are older than the formats and their samples.
const page = new URL('../../../docs/inputs.md', import.meta.url)
const samples = formatSamples()
const eventsOf = (format: string) =>
  samples.filter((sample) => sample.format === format).flatMap((sample) => goldenOf(sample)?.events ?? [])
await writeFile(page, withFormatsTables(await readFile(page, 'utf8'), eventsOf))

const folder = new URL('../../../docs/sources/', import.meta.url)
await mkdir(folder, { recursive: true })
for (const [name, text] of sourcePages((source) => sampleRecord(formatOf(source), source.sample)))
  await writeFile(new URL(`${name}.md`, folder), text)
