import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { verifyCommand } from '@straylight/respond/command/verify-command'
import { partitionOf } from '@straylight/runtime/log/key-partition'
import { createLagWatch, type LagWatch } from '@straylight/runtime/log/lag-watch'
import { topics } from '@straylight/schemas/topics'
import { type EmbeddedRun, openEmbeddedRun, recordsOfTopic, revokingPolicy } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf } from '../test-support/office-work.ts'
import { officeHistory, strayMail } from '../test-support/stray-mail.ts'

// Promise 12: a flood holds revocations of its partition up and takes none away: once the stages have caught up they go out.

const start = Date.parse('2026-03-12T08:00:00Z')
const names = Array.from({ length: 8 }, (_, at) => `bot-${at}`)
const { low } = revokingPolicy.tiers
const policy = { ...revokingPolicy, tiers: { low } }

test('two agents stray in partitions that a flood holds up: each is revoked once, after it and through a restart', async () => {
  const flooded = await floodedRun(start + 30_000)
  const { run, watch } = flooded
  const stood = () => [...run.respond().alerts()].filter(({ agent }) => strayed.includes(agent))
  const strayed = await strayInEach(run)
  try {
    await flood(run)
    // Whoever learns is behind, and whoever judges is not.
    await run.drain(['ingest', 'score'])
    await watch.refresh()
    await run.drain(['respond'])
    assert.deepEqual(await commandsOf(run, start), [])
    assert.equal(stood().length, 2)
    for (const { limited_by_code, summary } of stood()) {
      assert.equal(limited_by_code, 'unwell')
      assert.match(summary, /Not revoked yet: .*baseline is \d+ records behind.* until 2026-03-12T08:01:\d\d/)
    }

    await run.restart('respond')
    await run.step('respond')
    assert.deepEqual(await commandsOf(run, start), [])
    await run.drain(['baseline'])
    await watch.refresh()
    await run.step('respond')
    await run.restart('respond')
    await run.drain()
    assert.deepEqual((await commandsOf(run, start + 30_000)).toSorted(), strayed.toSorted())
    for (const { response, command_state } of stood()) assert.deepEqual([response, command_state], ['revoke', 'sent'])
  } finally {
    await run.close()
  }
})

test('where the flood outlasts what a command would be good for, the alert says that nothing was revoked and why', async () => {
  let now = start + 30_000
  const { run, watch } = await floodedRun(() => now)
  try {
    const strayed = await strayInEach(run)
    await flood(run)
    await run.drain(['ingest', 'score'])
    await watch.refresh()
    await run.drain(['respond'])
    now += 60_000
    await run.drain(['baseline'])
    await watch.refresh()
    await run.restart('respond')
    await run.drain()
    assert.deepEqual(await commandsOf(run, start), [])
    const alerts = [...run.respond().alerts()].filter(({ agent }) => strayed.includes(agent))
    assert.equal(alerts.length, 2)
    for (const { response_limited_by, postponed } of alerts) {
      assert.match(
        response_limited_by ?? '',
        /was not revoked: the detector is unwell: baseline is .* would have expired/,
      )
      assert.equal(postponed, undefined)
    }
  } finally {
    await run.close()
  }
})

/** A run that knows what is usual, and whose respond believes the lag that its own log tells. */
async function floodedRun(now: number | (() => number)): Promise<{ run: EmbeddedRun; watch: LagWatch }> {
  let watch: LagWatch | undefined
  const run = await openEmbeddedRun({
    policy,
    registry: { version: 1, agents: names.map((agent) => ({ agent, owner: 'soc@acme.example', tier: 'low' })) },
    now: typeof now === 'number' ? () => now : now,
    respond: { health: ({ log }) => watch?.reasonsOf([log]).join('; ') || null },
  })
  watch = createLagWatch({
    log: run.log,
    stages: [{ name: 'baseline', topics: [topics.events.name] }],
    recordsMax: 10,
  })
  await run.baseline().importHistory(historyOf(officeHistory(names, start)))
  await run.drain()
  return { run, watch }
}

/** One agent in each of the two partitions does what it never did; their names. */
async function strayInEach(run: EmbeddedRun): Promise<string[]> {
  const strayed = [0, 1].map(
    (partition) => names.find((agent) => partitionOf(agentKeyOf({ tenant: 'default', agent }), 2) === partition) ?? '',
  )
  await run.log.append(strayed.map((agent) => strayMail({ id: `stray-${agent}`, agent, time: start })))
  return strayed
}

/** Names that somebody made up, in both partitions. */
const flood = (run: EmbeddedRun) =>
  run.log.append(
    Array.from({ length: 60 }, (_, at) =>
      nativeRecord({ id: `noise-${at}`, agent: `noise-${at}`, time: start + 1_000 }),
    ),
  )

/** Agents whose credentials commands in the log take, each checked as a broker would at this time. */
async function commandsOf({ log, keys }: EmbeddedRun, now: number): Promise<string[]> {
  const tokens = await recordsOfTopic(log, topics.revocations.name)
  const checks = await Promise.all(tokens.map((token) => verifyCommand(token, keys.commands.publicKey, now)))
  return checks.map((check) => (check.valid ? check.command.subject.agent_id : check.detail))
}
