import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { inTemporaryFolder } from '../temporary-folder.ts'
import { measureLife } from './measure-life.ts'

const day = (at: number) => new Date(Date.UTC(2026, 8, 1 + at, 9)).toISOString()
const call = (id: string, at: number, more = {}) =>
  JSON.stringify({ id, time: day(at), agent: 'clerk', session: id, system: 'erp', action: 'invoices.get', ...more })

async function writeFiles(folder: string): Promise<void> {
  const past = Array.from({ length: 28 }, (_, at) => call(`past-${at}`, at))
  const after = [
    call('usual', 28),
    call('hijack', 29, { system: 'vault', destinations: ['https://drop.example'], bytes_sent: 5e9 }),
  ]
  await writeFile(join(folder, 'history.ndjson'), `${past.join('\n')}\n`)
  await writeFile(join(folder, 'after.ndjson'), `${after.join('\n')}\n`)
  const labels = [
    ['usual', 'quiet', 28],
    ['hijack', 'incident:hijack', 29],
  ] as const
  await writeFile(
    join(folder, 'labels.tsv'),
    labels.map(([id, label, at]) => `${[id, label, 'clerk', id, day(at)].join('\t')}\n`).join(''),
  )
}

test('a life of files is measured as its policy asks, or as the caller does, with a registry or without one', async () => {
  await openTensorBackend('wasm')
  await inTemporaryFolder(async (folder) => {
    await writeFiles(folder)
    const bare = await measureLife(folder, { cold: false, rate: undefined })
    assert.deepEqual([bare.asked, bare.result.ordinary], [0.001, { sessions: 1, alerting: 0 }])
    assert.deepEqual(Object.keys(bare.result.incidents), ['hijack'])

    await writeFile(join(folder, 'policy.yaml'), 'budget: { session_alert_rate: 0.01 }\n')
    await writeFile(join(folder, 'agents.yaml'), 'version: 1\nagents: [{ agent: clerk, owner: desk@acme.example }]\n')
    assert.equal((await measureLife(folder, { cold: true, rate: undefined })).asked, 0.01)
    assert.equal((await measureLife(folder, { cold: true, rate: 0.02 })).asked, 0.02)

    await rm(join(folder, 'labels.tsv'))
    await assert.rejects(measureLife(folder, { cold: true, rate: undefined }), /labels\.tsv/)
  })
})
