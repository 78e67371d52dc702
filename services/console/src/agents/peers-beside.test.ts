import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Query } from '@straylight/runtime/store/store'
import type { AgentName } from '@straylight/schemas/partition-key'
import { createAsk } from '../questions/ask.ts'
import { createHeldAnswers } from '../questions/held-answers.ts'
import { peersBeside } from './peers-beside.ts'

test('what is usual of peers is worked out once for all of a group, and none stands beside itself', async () => {
  const asked: unknown[] = []
  const usual = ['calls', 'sent', 'received', 'records'].flatMap((name) => [
    [`${name}_median`, 2],
    [`${name}_p99`, 3],
    [`${name}_max`, 4],
  ])
  const ask = createAsk({
    query: async <P extends Record<string, unknown>, Row>(_query: Query<P, Row>, given: P) => {
      asked.push(given.agents)
      const agents = given.agents as string[]
      return agents.map((agent) => ({ agent, periods: 1, ...Object.fromEntries(usual) })) as Row[]
    },
  })
  const directory = Object.assign(async () => [], {
    row: async (_of: AgentName) => undefined,
    unbounded: async () => [],
  })
  const ground = { ask, held: createHeldAnswers(), now: () => 1_800_000_000_000, directory }
  const group = ['ada', 'bob', 'cyd']
  const beside = (agent: string) => {
    const peers = group.filter((name) => name !== agent)
    return peersBeside(ground, { tenant: 'acme', agent }, { tenant: 'acme', group: 'role:clerk', peers, more: false })
  }
  assert.deepEqual(
    (await beside('bob')).items.map(({ agent, day }) => [agent, day?.calls.max]),
    [
      ['ada', 4],
      ['cyd', 4],
    ],
  )
  assert.deepEqual(
    (await beside('ada')).items.map(({ agent }) => agent),
    ['bob', 'cyd'],
  )
  assert.deepEqual(asked, [group])
  const many = Array.from({ length: 80 }, (_, number) => `bot-${number + 100}`)
  for (const agent of ['bot-110', 'bot-175']) {
    const peers = many.filter((name) => name !== agent)
    const { items } = await peersBeside(
      ground,
      { tenant: 'acme', agent },
      { tenant: 'acme', group: 'role:bot', peers, more: false },
    )
    assert.deepEqual([items.length, items.every(({ day }) => day !== null)], [50, true])
  }
  assert.equal(asked.length, 2)
})
