import { readFile, writeFile } from 'node:fs/promises'
import { formatSamples, goldenOf } from '@straylight/ingest/test-support/format-samples'
import { withFormatsTables } from './inputs/formats-doc.ts'

// `npm run formats-doc`: a test fails when the page is older than the formats and their golden events.
const page = new URL('../../../docs/inputs.md', import.meta.url)
const samples = formatSamples()
const eventsOf = (format: string) =>
  samples.filter((sample) => sample.format === format).flatMap((sample) => goldenOf(sample)?.events ?? [])
await writeFile(page, withFormatsTables(await readFile(page, 'utf8'), eventsOf))
