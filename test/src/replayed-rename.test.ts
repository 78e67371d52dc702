import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputRecord } from '@straylight/ingest/files/input-record'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { Registry } from '@straylight/schemas/agent'
import { dayMs } from '@straylight/schemas/duration'
import { Policy } from '@straylight/schemas/policy'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { findingsOf } from 'straylight/replay/replay-judgements'
import { runReplay } from 'straylight/replay/replay-run'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// Promise 19: `straylight replay` keeps no views for the console, and finds an agent that goes on under a new name all the same.

const liveFrom = Date.parse('2026-03-12T00:00:00Z')
const agents = ['amy', 'ben', 'reviewer', 'dan']
const workOf = (of: readonly string[], day: number, days: number) =>
  officeWork({ agents: of, from: liveFrom + day * dayMs, days, sessionsPerDay: 6 })

async function* inputOf(records: ReturnType<typeof workOf>): AsyncGenerator<InputRecord> {
  for (const [sequence, { key, value, timestamp }] of records.entries()) {
    const place = { file: 'work.ndjson', line: sequence + 1, sequence }
    yield { ...place, value: Buffer.from(String(value)), headers: {}, key: String(key), time_ms: timestamp ?? null }
  }
}

async function* all<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

test('a replay finds an agent that goes on under a new name', async () => {
  await openTensorBackend('wasm')
  const after = [...workOf(agents, 0, 2), ...workOf(['amy', 'ben', 'reviewer-2', 'dan'], 2, 3)]
  const replayed = await runReplay({
    records: inputOf(after.sort((one, other) => (one.timestamp ?? 0) - (other.timestamp ?? 0))),
    history: all(historyOf(workOf(agents, -20, 20))),
    registry: Registry.parse({
      version: 1,
      agents: agents.map((agent) => ({ agent, owner: 'office@acme.example', role: 'office' })),
    }),
    policy: Policy.parse({}),
    model: await readArtifact(undefined),
    tenant: undefined,
    partitions: 1,
    scoreInstances: 1,
  })
  try {
    const said = (await findingsOf(replayed.log)).filter(({ cause }) => cause === 'renamed_agent')
    assert.deepEqual(
      said.map(({ agent, target }) => `${agent} was ${target}`),
      ['reviewer-2 was reviewer'],
    )
  } finally {
    await replayed.close()
  }
})
