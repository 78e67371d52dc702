import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { resultsTable } from './results-table.ts'

test('a figure is a row with its unit, its direction and its target', () => {
  const benchmark = { name: 'speed', about: 'How fast.', run: async () => [] }
  const figures = [
    { name: 'events_per_second', value: 12_345.6, unit: 'events/s', better: 'higher' as const, target: 10_000 },
    { name: 'share', value: 0.0234, unit: '×', better: 'higher' as const },
  ]
  const page = resultsTable([{ benchmark, figures }])
  assert.match(page, /^## speed\n\nHow fast\.$/m)
  assert.match(page, /^\| events per second \| 12,346 events\/s \| higher \| 10,000 events\/s \|$/m)
  assert.match(page, /^\| share \| 0\.023 × \| higher \| {2}\|$/m)
})

test('a benchmark that does not exist is wrong usage, and the sentence says which do', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  await assert.rejects(promisify(execFile)(process.execPath, ['--import', 'tsx', main, 'nonesuch']), (error: Error) => {
    assert.equal((error as Error & { code: number }).code, 2)
    assert.match(error.message, /No benchmark is named nonesuch; there are .*score-stage, .*network/)
    return true
  })
})
