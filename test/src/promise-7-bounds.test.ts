import assert from 'node:assert/strict'
import { test } from 'node:test'
import { families } from '@straylight/models/profile/profile-key'
import type { NewRecord } from '@straylight/runtime/log/log'
import { dayMs } from '@straylight/schemas/duration'
import { Cause } from '@straylight/schemas/finding'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { openEmbeddedRun, recordsOfTopic, revokingPolicy } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'

// Promise 7: every queue, cache and profile has a stated bound. Here: what an agent can do that invents destinations, and
// what somebody can do who invents agents. (Stated retention: tidy.test.ts and the SQL files.)

const start = Date.parse('2026-03-12T08:00:00Z')
/** Table of the fullest profile there can be: each family at its cap and a context for each key, 20 bytes a slot. */
const slots = 2 ** Math.ceil(Math.log2((2 * Object.values(families).reduce((sum, { cap }) => sum + cap, 0)) / 0.75))
const profileBytesMax = slots * 20

/** Destinations of one event, at most. */
const perEvent = 64

const profileState = {
  name: 'test: state of a profile',
  sql: `SELECT JSONExtract(state, 'family_sizes', 'Array(UInt32)') AS sizes, length(state) AS bytes FROM profiles FINAL`,
  row: z.object({ sizes: z.array(z.number()), bytes: z.number() }),
}

/** What strays is not learnt once an agent is known; until then, and where it is believed, the caps hold. */
const believing = (model: ModelArtifact): ModelArtifact => ({ ...model, hold_level: Number.MAX_VALUE })

for (const [what, modelOf] of [
  ['as it comes', (model: ModelArtifact) => model],
  ['believed and learnt', believing],
] as const)
  test(`a million distinct destinations from one agent, ${what}: one profile of a stated size, a few alerts`, async () => {
    const registry = { version: 1, agents: [{ agent: 'inventor' }] }
    const now = () => start + dayMs
    const run = await openEmbeddedRun({ partitions: 1, policy: revokingPolicy, registry, now, modelOf })
    const events = 1_000_000 / perEvent
    try {
      for (let from = 0; from < events; from += 2_000) {
        await run.log.append(Array.from({ length: Math.min(2_000, events - from) }, (_, at) => eventTo(from + at)))
        await run.drain(['ingest', 'score', 'respond'])
      }
      const { profiles, profile_bytes } = run.score().sizes()
      assert.equal(profiles, 1)
      assert.ok(profile_bytes <= profileBytesMax, `${profile_bytes} of at most ${profileBytesMax} bytes`)
      await run.score().checkpoint()
      const [state] = await run.store.query(profileState, {})
      const caps = Object.values(families).map(({ cap }) => cap)
      for (const [at, size] of (state?.sizes ?? []).entries()) assert.ok(size <= (caps[at] ?? 0))
      const destinations = state?.sizes[Object.keys(families).indexOf('destination')]
      assert.ok((destinations as number) <= families.destination.cap)
      if (modelOf === believing) assert.equal(destinations, families.destination.cap)
      assert.ok((state?.bytes ?? 0) < 100_000, `${state?.bytes} bytes stored`)
      const alerts = [...run.respond().alerts()]
      // Twenty, and beyond them one for each cause.
      assert.ok(alerts.length <= 20 + Cause.options.length, `${alerts.length} alerts of one agent`)
      for (const alert of alerts) assert.ok(JSON.stringify(alert).length < 900_000)
    } finally {
      await run.close()
    }
  })

function eventTo(n: number): NewRecord {
  const destinations = Array.from({ length: perEvent }, (_, at) => `d${n * perEvent + at}@host${n % 997}.example`)
  return nativeRecord({ id: `e${n}`, agent: 'inventor', time: start + n * 1_000, destinations, bytes_sent: n })
}

test('agents without end: profiles in memory stay within their bound, and so do alerts', async () => {
  const profilesMax = 500
  const agents = 30_000
  const run = await openEmbeddedRun({
    partitions: 1,
    policy: revokingPolicy,
    registry: { version: 1, agents: [{ agent: 'known' }] },
    now: () => start + dayMs,
    score: { profilesMax, checkpointEvents: 5_000 },
  })
  let most = 0
  try {
    for (let from = 0; from < agents; from += 2_000) {
      const records = Array.from({ length: 2_000 }, (_, at) =>
        nativeRecord({ id: `e${from + at}`, agent: `made-up-${from + at}`, time: start + from + at }),
      )
      await run.log.append(records)
      await run.drain(['ingest', 'score', 'respond'])
      const { profiles, profile_bytes } = run.score().sizes()
      most = Math.max(most, profiles)
      assert.ok(profile_bytes <= profilesMax * profileBytesMax)
    }
    // A batch may bring so many agents over the bound until its checkpoint is written.
    assert.ok(most <= profilesMax, `${most} profiles`)
    const findings = await recordsOfTopic(run.log, topics.findings.name)
    assert.ok(findings.length >= agents, 'each of them is reported once, as unowned')
    assert.ok([...run.respond().alerts()].length <= 5_000)
    // Who left memory is known again when it comes back.
    await run.log.append([nativeRecord({ id: 'again', agent: 'made-up-3', time: start + 40_000_000 })])
    await run.drain(['ingest', 'score'])
    await run.score().checkpoint()
    const [row] = await run.store.query(
      {
        name: 'test: events of a profile',
        sql: `SELECT max(JSONExtractUInt(state, 'events')) AS events FROM profiles WHERE agent = 'made-up-3'`,
        row: z.object({ events: z.number() }),
      },
      {},
    )
    assert.equal(row?.events, 2)
  } finally {
    await run.close()
  }
})
