import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { FleetEvent } from '@straylight/demo/fleet/native-event'
import { findingsOf } from 'straylight/replay/replay-judgements'
import { openEmbeddedRun } from '../test-support/embedded-run.ts'
import { auditRecords, type FleetRecords, fleetRecords } from '../test-support/fleet-records.ts'
import { type Replayed, replayed } from '../test-support/replayed.ts'
import { scoreAgain } from '../test-support/score-again.ts'

// Promise 2: the same log gives the same findings, however it was batched, split over instances or restarted.

let folder: string
let fleet: FleetRecords
let whole: Replayed
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-same-'))
  fleet = fleetRecords({ seed: 7, until: Date.parse('2026-03-12T15:00:00Z'), historyDays: 4 })
  const lines = (events: readonly FleetEvent[]) => events.map((event) => JSON.stringify(event)).join('\n')
  await writeFile(join(folder, 'history.ndjson'), lines(fleet.history))
  await writeFile(join(folder, 'work.ndjson'), lines([...fleet.work, ...lentCredentials(fleet)]))
  whole = await replay({})
})
after(() => rm(folder, { recursive: true, force: true }))

/** Credentials that one agent uses a second after another: the order of the two decides who is reported. */
function lentCredentials({ work }: FleetRecords): FleetEvent[] {
  const byAgent = [...new Map(work.map((event) => [event.agent, event])).values()]
  return byAgent.flatMap((event, at) => {
    const lender = byAgent[(at + 1) % byAgent.length] ?? event
    const start = Date.parse(work.at(-1)?.time ?? '') + 60_000
    return [lender, event].map((used, second) => ({
      ...used,
      id: `lent-${at}-${second}`,
      session: `lent-${used.agent}`,
      time: new Date(start + at * 60_000 + second * 1_000).toISOString(),
      credential: { ...used.credential, id: `lent-${at}` },
    }))
  })
}

function replay(split: { partitions?: number; scoreInstances?: number }): Promise<Replayed> {
  return replayed({
    ...split,
    files: [join(folder, 'work.ndjson')],
    history: [join(folder, 'history.ndjson')],
    registry: fleet.registry,
  })
}

test('there is something to compare: every event is scored, and each lent credential is found', () => {
  assert.equal(whole.scores.length, whole.counts.events)
  const causes = whole.findings.map((line) => (JSON.parse(line) as { cause: string }).cause)
  assert.ok(causes.filter((cause) => cause === 'credential_shared').length >= fleet.registry.agents.length - 3)
  assert.ok(new Set(causes).size >= 3, `causes: ${[...new Set(causes)].join(', ')}`)
})

/** The same lines; else the first that differs, since all of them say too much. */
function assertSame(given: Replayed, expected: Replayed): void {
  for (const kind of ['findings', 'scores'] as const) {
    const at = expected[kind].findIndex((line, index) => line !== given[kind][index])
    if (at >= 0) assert.equal(given[kind][at], expected[kind][at], `${kind} ${at}`)
    assert.equal(given[kind].length, expected[kind].length)
  }
  assert.deepEqual(given.counts, expected.counts)
}

test('a second replay writes the same bytes', async () => {
  assertSame(await replay({}), whole)
})

test('so does one over four partitions and two instances of score', async () => {
  assertSame(await replay({ partitions: 4, scoreInstances: 2 }), whole)
})

test('what a poll brings at a time changes no finding', async () => {
  const run = await openEmbeddedRun({
    registry: fleet.registry,
    partitions: 2,
    now: () => Date.parse('2026-03-12T15:00:00Z'),
    policy: { learning: { days: 0 } },
  })
  try {
    const audit = auditRecords([...fleet.work, ...lentCredentials(fleet)])
    for (let from = 0; from < audit.length; from += 500) {
      await run.log.append(audit.slice(from, from + 500))
      await run.drain()
    }
    const found = (await findingsOf(run.log)).map((finding) => [finding.id, JSON.stringify(finding)] as const)
    assert.ok(found.length > 30, `${found.length} findings`)
    for (const recordsMax of [1, 7, 100_000]) {
      const folder = await mkdtemp(join(run.folder, 'again-'))
      const again = await scoreAgain({ log: run.log, store: run.store, folder, recordsMax })
      assert.deepEqual(again.size, found.length)
      for (const [id, text] of found) assert.equal(again.get(id), text)
    }
  } finally {
    await run.close()
  }
})
