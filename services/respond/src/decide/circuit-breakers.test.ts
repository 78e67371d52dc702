import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { Policy } from '@straylight/schemas/policy'
import fc from 'fast-check'
import { agentsAllowed, createCircuitBreakers } from './circuit-breakers.ts'

const limits = (given: object) => Policy.parse({ breakers: given }).breakers

test('promise 6: in no window of log time, whatever the order, do more commands pass than a minute and an hour allow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ at: fc.integer({ min: 0, max: 7_000_000 }), agent: fc.integer({ min: 0, max: 9 }) }), {
        maxLength: 80,
      }),
      (tries) => {
        const breakers = createCircuitBreakers(limits({ commands_per_minute: 2, agents_revoked_share_per_hour: 0.3 }))
        const passed: { at: number; agent: string }[] = []
        tries.forEach(({ at, agent }, index) => {
          const command = { id: `cmd_${index}`, tenant: 'acme', agent: `a${agent}`, at }
          if (breakers.refusal(command, 10) !== null) return
          breakers.record(command)
          passed.push(command)
        })
        for (const { at: from } of passed) {
          const within = (span: number) => passed.filter(({ at }) => at >= from && at < from + span)
          assert.ok(within(60_000).length <= 2)
          assert.ok(new Set(within(hourMs).map(({ agent }) => agent)).size <= 3)
        }
      },
    ),
  )
})

test('promise 11: a credential that is hit and that no evidence gives to anybody counts, whoever claims to hold it', () => {
  const breakers = createCircuitBreakers(limits({ agents_revoked_share_per_hour: 0.2 }))
  const hit = (credential: string) => ({ tenant: 'acme', agent: 'claims', credential, at: 1_000_000 })
  for (const credential of ['a', 'b']) breakers.record({ id: `cmd_${credential}`, ...hit(credential) })
  assert.match(breakers.refusal(hit('c'), 10) ?? '', /2 of 10 agents, and as many credentials, to be revoked/)
  assert.equal(breakers.refusal(hit('a'), 10), null, 'hit before: it takes no new place')
  assert.equal(breakers.opensAt(hit('c'), 10), 1_000_000 + hourMs)
})

test('the share is of agents known, at least one; below the minimum it is one', () => {
  const share = (given: object, agents: number) => agentsAllowed(limits(given), agents)
  assert.equal(share({ agents_revoked_share_per_hour: 0.1 }, 40), 4)
  assert.equal(share({ agents_revoked_share_per_hour: 0.1 }, 5), 1)
  assert.equal(share({ agents_revoked_share_per_hour: 1, agents_revoked_minimum: 10 }, 9), 1)
})

test('a tenant that trips a breaker does not stop another; the same agent is not counted twice; a repeat neither', () => {
  const breakers = createCircuitBreakers(limits({ commands_per_minute: 3, agents_revoked_share_per_hour: 0.1 }))
  const at = 1_000_000
  breakers.record({ id: 'cmd_1', tenant: 'acme', agent: 'a', at })
  breakers.record({ id: 'cmd_1', tenant: 'acme', agent: 'a', at })
  assert.equal(breakers.refusal({ tenant: 'acme', agent: 'a', at }, 10), null)
  assert.equal(
    breakers.refusal({ tenant: 'acme', agent: 'b', at }, 10),
    'the circuit breaker allows 1 of 10 agents to be revoked within an hour',
  )
  for (const id of ['cmd_2', 'cmd_3']) breakers.record({ id, tenant: 'acme', agent: 'a', at })
  assert.equal(
    breakers.refusal({ tenant: 'acme', agent: 'a', at }, 10),
    'the circuit breaker allows 3 commands a minute',
  )
  assert.equal(breakers.refusal({ tenant: 'globex', agent: 'b', at }, 10), null)
  assert.deepEqual(breakers.tripped(), ['agents_revoked_share_per_hour', 'commands_per_minute'])
})
