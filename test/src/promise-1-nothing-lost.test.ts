import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fleetRandom } from '@straylight/demo/fleet/seeded-random'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { consumerGroupOf } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { recordsOfTopic } from '../test-support/embedded-run.ts'
import { patienceMs } from '../test-support/patience.ts'
import { type Program, startProgram, until } from '../test-support/program.ts'

// Promise 1, embedded: the program is killed at random moments while events come in; each event that was answered 202 is in
// the store once, and no finding has two bodies. A cluster is killed in cluster.test.ts.

const token = 'gateway-token'
const kills = 5
const perRequest = 40
const start = Date.parse('2026-03-12T08:00:00Z')

/** Some of the ids are sent again, as a shipper does that got no answer; a tenth of the agents share a credential. */
function body(from: number): string {
  return Array.from({ length: perRequest }, (_, at) => {
    const n = from + at
    const agent = `bot-${n % 11}`
    const credential = { id: n % 10 === 0 ? `shared-${Math.floor(n / 400)}` : `of-${agent}` }
    const time = new Date(start + n * 1000).toISOString()
    return JSON.stringify({ id: `e${n}`, time, agent, system: 'crm', action: `contacts.${n % 3}`, credential })
  }).join('\n')
}

/** Whether the endpoint took it; what gave no answer is not known to be there, and is sent again later. */
async function post(url: string, from: number): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' }
  try {
    const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: body(from) })
    await response.text()
    return response.status === 202
  } catch {
    return false
  }
}

test('killed five times at random: every event that was accepted is stored once', { timeout: patienceMs }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-lost-'))
  const tokens = join(folder, 'tokens.yaml')
  const token_sha256 = createHash('sha256').update(token).digest('hex')
  await writeFile(tokens, JSON.stringify([{ name: 'gateway', token_sha256, tenant: 'acme' }]))
  const data = join(folder, 'data')
  const up = () =>
    startProgram(['up'], { STRAYLIGHT_DATA: data, STRAYLIGHT_TOKENS: tokens, STRAYLIGHT_CHECKPOINT_EVENTS: '300' })
  const random = fleetRandom('kills')
  let program: Program | undefined
  const accepted = new Set<number>()
  let next = 0
  let unanswered: number[] = []
  try {
    for (let round = 0; round <= kills; round++) {
      program = up()
      const url = await program.url
      const killed = round < kills ? sleep(random.whole(150, 1_200)).then(() => program?.kill()) : undefined
      const requests = round < kills ? 400 : 20
      for (let request = 0; request < requests; request++) {
        const again = unanswered.shift()
        const from = again ?? next
        if (again === undefined) next += perRequest
        if (await post(url, from)) accepted.add(from)
        else {
          unanswered = [...unanswered, from]
          if (killed !== undefined) break
        }
      }
      await killed
    }
    assert.equal(await program?.stop(), 0, program?.said().slice(-2_000))
    // Whoever starts next finishes what the stop left.
    program = up()
    await program.url
    await untilThrough(program)
    assert.equal(await program.stop(), 0)
    assert.ok(accepted.size > kills, `${accepted.size} requests were accepted`)
    await assertOnce(data, accepted)
  } finally {
    await program?.kill()
    await rm(folder, { recursive: true, force: true })
  }
})

/** Its own metrics: no lag in any stage, several times over, since findings come back to baseline. */
async function untilThrough(program: Program): Promise<void> {
  const url = await program.url
  let calm = 0
  await until('no stage is behind', async () => {
    await sleep(300)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const lags = [...metrics.matchAll(/^straylight_lag_records\{.*\} (\d+)$/gm)].map(([, lag]) => Number(lag))
    calm = lags.length > 0 && lags.every((lag) => lag === 0) ? calm + 1 : 0
    return calm >= 5
  })
}

async function assertOnce(data: string, accepted: ReadonlySet<number>): Promise<void> {
  const store = await openStore({ directory: join(data, 'store') })
  const sql = 'SELECT event_id AS id, count() AS times FROM events FINAL GROUP BY event_id'
  const row = z.object({ id: z.string(), times: z.number() })
  const stored = new Map(
    (await store.query({ name: 'test: events', sql, row }, {})).map(({ id, times }) => [id, times]),
  )
  await store.close()
  for (const from of accepted)
    for (let n = from; n < from + perRequest; n++) assert.equal(stored.get(`e${n}`), 1, `e${n}`)
  // What was not answered may be there or not, but never twice.
  for (const [id, times] of stored) assert.equal(times, 1, id)

  const log = await openEmbeddedLog({ directory: join(data, 'log') })
  const bodies = new Map<string, string>()
  for (const text of await recordsOfTopic(log, topics.findings.name)) {
    const { id } = Finding.parse(JSON.parse(text))
    assert.equal(bodies.get(id) ?? text, text)
    bodies.set(id, text)
  }
  assert.ok(bodies.size > 0)
  for (const { offset, partition } of await log.committed(consumerGroupOf({ name: 'score' }), topics.events.name))
    assert.equal(offset, await log.endOffset({ topic: topics.events.name, partition }))
  await log.close()
}
