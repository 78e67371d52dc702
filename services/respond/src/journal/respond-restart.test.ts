import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { Severity } from '@straylight/schemas/finding'
import fc from 'fast-check'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { type Crash, createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'
import { temporaryKeys } from '../command/signing-keys.ts'

const policy = {
  id: 'test',
  tiers: {
    low: { low: 'alert', medium: 'alert', high: 'revoke', critical: 'revoke' },
    high: { low: 'alert', medium: 'alert', high: 'approve', critical: 'approve' },
    medium: { high: 'revoke', shadow: true },
  },
  breakers: { commands_per_minute: 3, agents_revoked_share_per_hour: 0.08 },
  approval: { deadline_seconds: 120 },
  alerts: { quiet_close_seconds: 600, findings_max: 3 },
}

/** What happens in the world: the same steps give the same inputs, since they are drawn from what the log holds. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('findings' as const),
      findings: fc.array(
        fc.record({
          agent: fc.nat(4),
          severity: fc.constantFrom(...Severity.options),
          tier: fc.constantFrom('low', 'medium', 'high'),
          target: fc.constantFrom('a', 'b'),
          credential: fc.boolean(),
          ordinary: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
          partition: fc.integer({ min: 0, max: 1 }),
        }),
        { minLength: 1, maxLength: 7 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('verdict' as const),
      which: fc.nat(20),
      answer: fc.constantFrom('approve', 'approve', 'reject', 'true', 'false', 'restore'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('result' as const),
      which: fc.nat(20),
      code: fc.constantFrom('applied', 'unknown_subject', 'expired'),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const crash: fc.Arbitrary<Crash | null> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant({ at: 'before' as const }) },
  { weight: 1, arbitrary: fc.constant({ at: 'after' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      at: fc.constant('within' as const),
      commands: fc.constantFrom(0, 0.5, 1),
      alerts: fc.constantFrom(0, 0.25, 0.5, 0.75, 1),
      outcomes: fc.constantFrom(0, 0.5, 1),
    }),
  },
)

async function take(world: RespondWorld, steps: readonly Step[], next: () => Crash | null, batch: number) {
  let offset = 0
  for (const one of steps) {
    if (one.kind === 'time') world.now += one.seconds * 1000
    if (one.kind === 'findings') {
      for (const { agent, partition, credential, ordinary, ...given } of one.findings) {
        await world.say(
          sampleFindingOf(offset++, {
            ...given,
            agent: `agent-${agent}`,
            log: { topic: 'agent.events.v1', partition, offset },
            log_time: world.now - partition * 1500,
            p_value: ordinary ? 0.2 : 0.0001,
            credential_id: credential ? `jti:${agent}` : undefined,
          }),
        )
      }
    }
    if (one.kind === 'verdict') {
      const decides = one.answer === 'approve' || one.answer === 'reject'
      const alerts = world.alerts().filter((alert) => !decides || alert.state === 'awaiting_approval')
      const alert = alerts[one.which % Math.max(1, alerts.length)]
      if (alert !== undefined) await world.judge({ alert_id: alert.id, answer: one.answer })
    }
    if (one.kind === 'result') {
      const commands = world.commands()
      const sent = commands[one.which % Math.max(1, commands.length)]
      if (sent !== undefined) await world.answer(sent.command, one.code)
    }
    await world.run({ batch, crash: next })
  }
}

/** No id with two bodies, none after its expiry, none beyond the breakers. */
function assertSafe(world: RespondWorld): void {
  const bodies = new Map<string, string>()
  for (const { command, record } of world.commands()) {
    const body = JSON.stringify(command)
    assert.equal(bodies.get(command.id) ?? body, body, `command ${command.id} has two bodies`)
    bodies.set(command.id, body)
    assert.ok(record.timestamp < Date.parse(command.not_after), `command ${command.id} was sent after its expiry`)
    assert.equal(command.mode, 'enforce')
  }
  const parsed = [...bodies.values()].map(
    (body) => JSON.parse(body) as { action: string; issued_at: string; subject: { agent_id: string } },
  )
  // What takes a command back stops nobody.
  const issued = parsed.filter(({ action }) => action !== 'restore')
  for (const one of issued) {
    const from = Date.parse(one.issued_at)
    const within = (span: number) =>
      issued.filter(({ issued_at: at }) => Date.parse(at) >= from && Date.parse(at) < from + span)
    assert.ok(within(60_000).length <= 3, 'more commands a minute than the breaker allows')
    const agents = new Set(within(hourMs).map(({ subject }) => subject.agent_id))
    assert.ok(agents.size <= 3, 'more agents an hour than the breaker allows')
  }
}

/** By place of the verdict: whether it was taken. A crash may make an answer come twice. */
const accepted = (world: RespondWorld): Record<number, boolean> =>
  Object.fromEntries(world.outcomes().map(({ verdict_offset, accepted: taken }) => [verdict_offset, taken]))

const uniqueCommands = (world: RespondWorld): string[] =>
  [...new Set(world.commands().map(({ command }) => JSON.stringify(command)))].sort()

test('promises 2 and 6: killed anywhere, respond ends with the same alerts and the same commands', async () => {
  const keys = await temporaryKeys()
  const issuer = (await temporaryKeys()).commands
  let commands = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 14 }),
      fc.array(crash, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 6 }),
      async (steps, crashes, batch) => {
        const whole = await createRespondWorld({ policy, keys, issuer })
        await take(whole, steps, () => null, 100)
        const cut = await createRespondWorld({ policy, keys, issuer })
        const left = [...crashes]
        await take(cut, steps, () => left.shift() ?? null, batch)

        assertSafe(whole)
        assertSafe(cut)
        assert.deepEqual(cut.alerts(), whole.alerts())
        assert.deepEqual(uniqueCommands(cut), uniqueCommands(whole))
        // Whoever gave a verdict hears of it, and hears the same.
        assert.deepEqual(accepted(cut), accepted(whole))
        // What respond holds in memory is what a successor reads.
        const held = [...cut.respond().alerts()].sort((one, other) => one.id.localeCompare(other.id))
        assert.deepEqual(JSON.parse(JSON.stringify(held)), JSON.parse(JSON.stringify(cut.alerts())))
        commands += cut.commands().length
      },
    ),
    { numRuns: 150 },
  )
  assert.ok(commands > 100, 'the histories hold too few commands to say anything')
})

test('promise 6: after a pause at any point, no command is late, doubled in meaning or beyond the breakers', async () => {
  const keys = await temporaryKeys()
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(crash, fc.integer({ min: 0, max: 400 })), { minLength: 1, maxLength: 30 }),
      async (steps, crashes) => {
        const world = await createRespondWorld({ policy, keys })
        const left = [...crashes]
        const next = (): Crash | null => {
          const [cut, seconds] = left.shift() ?? [null, 0]
          if (cut !== null) world.now += seconds * 1000
          return cut
        }
        await take(world, steps, next, 3)
        assertSafe(world)
        const inTopic = new Set(world.commands().map(({ command }) => command.id))
        for (const alert of world.alerts()) {
          const sent = ['sent', 'applied', 'refused', 'unanswered'].includes(alert.command_state)
          if (sent && alert.command) assert.ok(inTopic.has(alert.command.id), `${alert.id} says sent and nothing was`)
        }
      },
    ),
    { numRuns: 100 },
  )
})
