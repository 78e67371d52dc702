import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latestKnowledge } from '@straylight/events/knowledge-log'
import { dayMs } from '@straylight/schemas/duration'
import { findingsOf } from 'straylight/replay/replay-judgements'
import { reproduceJudgement } from 'straylight/replay/reproduce-judgement'
import { z } from 'zod'
import { openEmbeddedRun } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// Promise 2, for history that comes late: a running deployment learns it at one place of the log, and what it knows is then the same for all.

/** Corrections of what was quarantined: beside those of the import. */
const releasedOnce = {
  name: 'released',
  sql: "SELECT count() AS released FROM corrections FINAL WHERE why != 'imported' AND agent = 'bot-00'",
  row: z.object({ released: z.number() }),
}

const liveFrom = Date.parse('2026-03-12T00:00:00Z')
const agents = ['bot-00', 'bot-01', 'bot-02', 'bot-03']
const past = () => historyOf(officeWork({ agents, from: liveFrom - 20 * dayMs, days: 20 }))

test('history imported into a running deployment is one version, and agents that live already know it', async () => {
  let now = liveFrom
  const profiles = new Map<string, number>()
  const learning = new Map<string, boolean>()
  const run = await openEmbeddedRun({
    now: () => now,
    partitions: 2,
    score: {
      onJudgement: ({ observed }) => {
        profiles.set(observed.event.agent, observed.profile_events)
        learning.set(observed.event.agent, observed.learning !== undefined)
      },
    },
  })
  try {
    const live = async (day: number) => {
      now = liveFrom + (day + 1) * dayMs
      await run.log.append(
        officeWork({ agents, from: liveFrom + day * dayMs, days: 1 }).sort(
          (a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0),
        ),
      )
      await run.drain()
      await run.drain()
    }
    await live(0)
    assert.equal(learning.get('bot-00'), true)
    const before = profiles.get('bot-00') ?? 0
    const version = (await latestKnowledge(run.log))?.knowledge.version ?? 0
    const imported = await run.baseline().importHistory(past())
    assert.deepEqual([imported.version, imported.agents, imported.shared_only], [version + 1, 4, 0])
    // What comes again changes nothing, though it makes a version.
    assert.equal((await run.baseline().importHistory(past())).events, 0)
    await run.drain()
    await live(1)
    const after = profiles.get('bot-00') ?? 0
    assert.ok(after >= before + imported.events / 4, `${after} events known, ${before} of them before the import`)
    assert.equal(learning.get('bot-00'), false)

    // A score that begins anew finds the same.
    const known = new Map(profiles)
    await run.restart('score')
    await run.log.append([nativeRecord({ id: 'x', agent: 'bot-00', time: now, system: 'payroll', action: 'export' })])
    await run.drain()
    assert.ok((profiles.get('bot-00') ?? 0) >= (known.get('bot-00') ?? 0))
    assert.ok((profiles.get('bot-00') ?? 0) < (known.get('bot-00') ?? 0) + imported.events / 4, 'learnt twice')
    const found = (await findingsOf(run.log)).find(({ event_id }) => event_id === 'x')
    assert.equal(found?.cause, 'new_system')

    // Promise 8: what explains it has its own numbers, with what the import added; and so it is once what was quarantined is released.
    const isOwn = async (id: string) => {
      const reproduced = await reproduceJudgement(run.store, id)
      const finding = (await findingsOf(run.log)).find(({ event_id }) => event_id === id)
      assert.ok(reproduced.found === 'judgement' && finding !== undefined)
      const { score, p_value, observed } = reproduced.judgement
      assert.deepEqual(
        [score, p_value, observed.profile_events],
        [finding.score, finding.p_value, finding.evidence.profile_events],
      )
    }
    await isOwn('x')
    for (let day = 2; day <= 10; day++) await live(day)
    const again = nativeRecord({ id: 'y', agent: 'bot-00', time: now + 1_000, system: 'hr', action: 'export' })
    now += 2_000
    await run.log.append([again])
    await run.drain()
    await isOwn('y')
    const [corrections] = await run.store.query(releasedOnce, {})
    assert.ok((corrections?.released ?? 0) > 0, 'nothing was released from quarantine')
  } finally {
    await run.close()
  }
})
