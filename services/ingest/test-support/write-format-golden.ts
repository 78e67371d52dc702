import { writeFileSync } from 'node:fs'
import { formatSamples, readSample } from './format-samples.ts'

// `npm run format-golden`: what the reader makes of each sample now. Read what changed before you commit it.
for (const sample of formatSamples())
  writeFileSync(`${sample.path}.golden.json`, `${JSON.stringify(await readSample(sample), null, 2)}\n`)
