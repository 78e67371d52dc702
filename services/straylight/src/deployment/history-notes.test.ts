import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { Registry } from '@straylight/schemas/agent'
import { hourMs } from '@straylight/schemas/duration'
import { readHistory } from '../replay/read-history.ts'
import { HistoryNotes } from './history-notes.ts'

const lineOf = (at: number, more: object = {}) =>
  JSON.stringify({ time: new Date(at).toISOString(), agent: 'bot', system: 'crm', action: 'read', ...more })

test('whoever imports hears of a line dated before all others, and of records of several tenants', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-history-'))
  try {
    const file = join(folder, 'history.ndjson')
    const start = Date.UTC(2026, 4, 4)
    const work = Array.from({ length: 300 }, (_, at) => lineOf(start + at * hourMs))
    const odd = [
      lineOf(Date.UTC(2001, 0, 1), { system: 'vault', action: 'secrets.read' }),
      lineOf(start, { tenant: 'globex\u202e' }),
    ]
    await writeFile(file, [...work, ...odd].join('\n'))
    const notes = new HistoryNotes()
    const registry = createAgentRegistry(Registry.parse({ version: 1, agents: [] }))
    const read = { registry, tenant: 'acme', datedApart: notes.datedApart, onRejected: () => assert.fail('rejected') }
    for await (const _ of notes.of(readHistory([file], read)));
    const [apart, tenants, ...others] = notes.sentences()
    assert.match(apart ?? '', /history\.ndjson, line 301: here is 1 line dated 2001-01-01/)
    assert.equal(tenants, 'The records speak for 2 tenants: acme (301), globex\\u{202E} (1). Is that meant?')
    assert.deepEqual(others, [])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('records that name tenants without end fill no memory', async () => {
  const notes = new HistoryNotes()
  async function* made() {
    for (let at = 0; at < 5_000; at++) yield { tenant: `made-up-${at}` }
  }
  for await (const _ of notes.of(made()));
  assert.match(
    notes.sentences()[0] ?? '',
    /^The records speak for at least 1000 tenants: .* and others\. Is that meant\?$/,
  )
})
