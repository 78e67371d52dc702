import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Judgement } from '@straylight/models/scoring/judge'
import type { Store } from '@straylight/runtime/store/store'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { evidenceOf, evidenceQuery } from 'straylight/explain/evidence-query'
import { explainEvent } from 'straylight/explain/explain-event'
import { explanationLines } from 'straylight/explain/explanation-lines'
import { findingsOf } from 'straylight/replay/replay-judgements'
import { reproduceJudgement } from 'straylight/replay/reproduce-judgement'
import { z } from 'zod'
import { openEmbeddedRun } from '../test-support/embedded-run.ts'
import { auditRecords, fleetRecords } from '../test-support/fleet-records.ts'
import { historyOf } from '../test-support/office-work.ts'

// Promise 8: a finding can be explained and reproduced from what is stored; so can the silence about an event.

const until = Date.parse('2026-03-12T15:00:00Z')
const fleet = fleetRecords({ seed: 5, until, historyDays: 1, workDays: 3 })
const strayed = new Set(fleet.strays.values())

test('from the store alone come the very numbers of a finding, and those of an event about which nothing was said', async () => {
  let now = until - 3 * dayMs
  const judged = new Map<string, Judgement>()
  const run = await openEmbeddedRun({
    registry: fleet.registry,
    now: () => now,
    score: { onJudgement: (judgement) => void judged.set(judgement.observed.event.id, judgement) },
  })
  try {
    // Somebody vouches for its past: a tenant without history is learning, and hardly a finding comes of what is new there.
    await run.baseline().importHistory(historyOf(auditRecords(fleet.history)))
    // As a shipper sends it: hour by hour, so that knowledge versions come in between.
    for (const [hour, events] of byHour()) {
      now = hour + hourMs
      await run.log.append(auditRecords(events).map((record) => ({ ...record, timestamp: now })))
      await run.drain()
    }
    const findings = (await findingsOf(run.log)).filter(({ log }) => log.topic === topics.events.name)
    assert.ok(findings.length > 5, `${findings.length} findings`)
    const versions = new Set(findings.map(({ evidence }) => evidence.knowledge_version))
    assert.ok(versions.size > 1, 'under more than one knowledge version')
    let checked = 0
    for (const finding of findings.slice(0, 4).concat(findings.slice(-4))) {
      const reproduced = await reproduceJudgement(run.store, finding.event_id)
      assert.ok(reproduced.found === 'judgement')
      const { score, p_value, contributions, observed } = reproduced.judgement
      assert.deepEqual([score, p_value, observed.held_out], [finding.score, finding.p_value, finding.held_out])
      assert.deepEqual(contributions, finding.contributions)
      const sum = contributions.reduce((total, { contribution }) => total + contribution, 0)
      assert.ok(Math.abs(sum - score) < 1e-6 * Math.max(1, score), `contributions sum to ${sum}, the score is ${score}`)
      assert.equal(observed.judging.version, finding.evidence.knowledge_version)
      checked += await countsChecked(run.store, finding, evidenceQuery(evidenceOf(reproduced)))
    }

    assert.ok(checked > 10, `${checked} counts`)

    const reported = new Set(findings.map(({ event_id }) => event_id))
    const silent = fleet.work.filter(({ id, agent }) => !reported.has(id) && !strayed.has(agent))
    for (const { id } of [silent[10], silent[Math.floor(silent.length / 2)], silent.at(-1)].filter(
      (one) => one !== undefined,
    )) {
      const reproduced = await reproduceJudgement(run.store, id)
      assert.ok(reproduced.found === 'judgement')
      const { score, risk, p_value, contributions } = reproduced.judgement
      const live = judged.get(id)
      assert.deepEqual(
        { score, risk, p_value, contributions },
        {
          ...{ score: live?.score, risk: live?.risk, p_value: live?.p_value, contributions: live?.contributions },
        },
      )
      assert.match(explanationLines(reproduced.judgement).join('\n'), /It does not alert: .* of ordinary sessions/)
    }
    assert.deepEqual(await reproduceJudgement(run.store, 'never-sent'), { found: 'nothing' })
  } finally {
    await run.close()
  }
})

test('where agents sent events of one id, each is explained in a section of its own that names its agent', async () => {
  const run = await openEmbeddedRun({ registry: fleet.registry, now: () => until })
  try {
    const [first] = fleet.work
    assert.ok(first)
    const sent = ['one-bot', 'other-bot'].map((agent) => ({ ...first, id: 'shared', agent }))
    await run.log.append(auditRecords([...sent, { ...first, id: 'own', agent: 'one-bot' }]))
    await run.drain()
    const said: string[] = []
    const results: object[] = []
    const output = { say: (line: string) => void said.push(line), result: (value: object) => void results.push(value) }
    assert.equal(await explainEvent(output, run.store, { id: 'shared' }), 0)
    for (const agent of ['one-bot', 'other-bot']) {
      const heading = said.findIndex((line) => line.startsWith(`Agent ${agent} of tenant `))
      assert.ok(heading >= 0, said.join('\n'))
      const next = said.slice(heading + 1).find((line) => /^shared: /.test(line))
      assert.ok(next?.startsWith(`shared: ${agent} did `), said.join('\n'))
    }
    const { agents = [] } = (results[0] ?? {}) as { agents?: { agent: string }[] }
    assert.deepEqual(agents.map(({ agent }) => agent).sort(), ['one-bot', 'other-bot'])
    said.length = 0
    assert.equal(await explainEvent(output, run.store, { id: 'own' }), 0)
    assert.ok(!said.some((line) => line.startsWith('Agent ')), 'no heading where there is one agent')
    assert.equal(await explainEvent(output, run.store, { id: 'never-sent' }), 1)
  } finally {
    await run.close()
  }
})

const evidence = z.object({
  ...{ what: z.string(), context: z.string(), seen: z.string(), times: z.coerce.number(), of: z.coerce.number() },
  ...{ since: z.string(), peers: z.coerce.number() },
})

const countSentence =
  /(?:never (?:in|among)|(?<!less than )\b(?<times>[\d,]+) of) (?<total>[\d,]+) [^,]* over \d+ days?, and (?:(?<only>not at|at) its only peer|at (?<few>none|\d+) of its)/

/** Runs the query that `explain` prints for a finding; each '3 of 40 events over 2 days, and at 1 of its 7 peers' must stand in its answer. */
async function countsChecked(store: Store, { contributions }: Finding, sql: string): Promise<number> {
  const rows = await store.query({ name: 'evidence', sql, row: evidence }, {})
  const answers = rows.map(({ times, of: total, peers }) => `${whole(times)} of ${whole(total)}; ${peers}`)
  let checked = 0
  for (const { feature, expected } of contributions.filter(({ contribution }) => contribution > 0).slice(0, 5)) {
    const said = countSentence.exec(expected)?.groups
    if (said === undefined) continue
    const { times = '0', total, few = said.only === 'not at' ? 'none' : '1' } = said
    const peers = few === 'none' ? '0' : few
    assert.ok(
      answers.includes(`${times} of ${total}; ${peers}`),
      `${feature}: ${expected}, the query gives ${JSON.stringify(rows)}`,
    )
    checked++
  }
  return checked
}
const whole = (count: number): string => Math.round(count).toLocaleString('en-US')

function byHour(): Map<number, (typeof fleet.work)[number][]> {
  const hours = new Map<number, (typeof fleet.work)[number][]>()
  for (const event of fleet.work) {
    const hour = Math.floor(Date.parse(event.time) / hourMs) * hourMs
    hours.set(hour, [...(hours.get(hour) ?? []), event])
  }
  return hours
}
