import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { createScore } from '@straylight/score/create-score'
import { type EmbeddedRun, openEmbeddedRun, recordsOfTopic } from '../test-support/embedded-run.ts'
import { auditRecords, fleetRecords } from '../test-support/fleet-records.ts'
import { scoreAgain } from '../test-support/score-again.ts'

// Promise 2, line by line of the log: an instance that takes partitions over in the middle gives, to the bit, the findings that one
// instance gives that always had them; with baseline far behind, far ahead, and beside it.

const until = Date.parse('2026-03-12T15:00:00Z')
const fleet = fleetRecords({ seed: 23, until, historyDays: 1, workDays: 3 })
const audit = auditRecords(fleet.work)

type Pace = 'far behind' | 'far ahead' | 'beside it'

/** Fills the log, a fifth at a time; `score` takes some turns between, unless baseline shall be far ahead. */
async function feed(run: EmbeddedRun, pace: Pace, score: () => Promise<void>): Promise<void> {
  const part = Math.ceil(audit.length / 5)
  for (let from = 0; from < audit.length; from += part) {
    await run.log.append(audit.slice(from, from + part))
    await run.drain(pace === 'far behind' ? ['ingest'] : ['ingest', 'baseline'])
    if (pace !== 'far ahead') await score()
  }
  await score()
}

/** Findings by id; what was written twice must be the same. */
async function findingsIn({ log }: EmbeddedRun): Promise<Map<string, string>> {
  const findings = new Map<string, string>()
  for (const value of await recordsOfTopic(log, topics.findings.name)) {
    const finding = Finding.parse(JSON.parse(value))
    // Fields in the order of the schema, as the other score's come.
    const { id, text } = { id: finding.id, text: JSON.stringify(finding) }
    assert.equal(findings.get(id) ?? text, text, `${id} has two bodies`)
    findings.set(id, text)
  }
  return findings
}

for (const pace of ['far behind', 'far ahead', 'beside it'] as const)
  test(`handed over mid-stream, with baseline ${pace}: the same findings to the bit`, async () => {
    const score = { checkpointEvents: 170, profilesMax: 60 }
    const run = await openEmbeddedRun({
      registry: fleet.registry,
      partitions: 3,
      now: () => until,
      score,
      policy: { learning: { days: 0 } },
    })
    try {
      // Batches small enough that every handover falls between two of them.
      Object.assign(run.score(), { batchRecordsMax: 40 })
      const handOver = async () => {
        for (let turn = 0; turn < 4; turn++) await run.step('score')
        const second = createScore({ log: run.log, store: run.store, ...score })
        Object.assign(second, { batchRecordsMax: 30 })
        const runner = await openStageRunner(second, run.log)
        for (let turn = 0; turn < 6; turn++) {
          await runner.step()
          await run.step('score')
        }
        // The first goes for good, the second has it all, then a third that starts anew.
        await run.restart('score')
        Object.assign(run.score(), { batchRecordsMax: 50 })
        for (let turn = 0; turn < 3; turn++) await runner.step()
        await runner.close()
        for (let turn = 0; turn < 4; turn++) await run.step('score')
      }
      await feed(run, pace, handOver)
      await run.drain(['score'])
      await run.drain(['score'])
      const findings = await findingsIn(run)
      const folder = await mkdtemp(join(run.folder, 'again-'))
      // One engine a process: the same store, as one that has never seen a score.
      for (const table of ['profiles', 'partition_checkpoints'])
        await run.store.run({ name: `empty ${table}`, sql: `TRUNCATE TABLE ${table}` }, {})
      const undisturbed = await scoreAgain({ log: run.log, store: run.store, folder })
      assert.ok(findings.size > 20, `${findings.size} findings`)
      assert.deepEqual([...findings.keys()].sort(), [...undisturbed.keys()].sort())
      for (const [id, text] of findings) assert.equal(text, undisturbed.get(id))
      const versions = new Set([...undisturbed.values()].map((text) => JSON.parse(text).evidence.knowledge_version))
      if (pace !== 'far behind') assert.ok(versions.size > 1, `judged by versions ${[...versions]}`)
    } finally {
      await run.close()
    }
  })
