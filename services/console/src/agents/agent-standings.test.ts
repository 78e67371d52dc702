import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import fc from 'fast-check'
import type { Ask } from '../questions/ask.ts'
import { createAgentStandings } from './agent-standings.ts'
import { agentsMax } from './agents-max.ts'
import { fairShares } from './fair-shares.ts'
import { registryView } from './registry-view.ts'

// Who makes names up takes room of nobody else: not of another tenant, and never of an agent that somebody registered.

interface Row {
  readonly tenant: string
  readonly agent: string
  readonly events: number
  readonly first_seen: number
  readonly last_seen: number
}

const row = (tenant: string, agent: string, events = 1, last_seen = 5): Row => ({
  tenant,
  agent,
  events,
  first_seen: 1,
  last_seen,
})

/** A store that answers by name of the question, and notes what it was asked. */
function storeOf(answers: Record<string, (parameters: Record<string, unknown>) => unknown[]>) {
  const asked: string[] = []
  const ask = async (query: { name: string }, parameters: Record<string, unknown>) => {
    const name = query.name.replace('console: ', '')
    asked.push(name)
    return answers[name]?.(parameters) ?? []
  }
  return { asked, ask: Object.assign(ask, { waiting: () => 0 }) as Ask }
}

test('a flood of made-up names after the first look drops names of its own tenant alone', async () => {
  const registry = registryView({ version: 1, agents: [] })
  let rows = [...Array.from({ length: 500 }, (_, at) => row('quiet', `q-${at}`)), row('loud', 'old', 900, 2)]
  const store = storeOf({ 'agents seen': ({ part }) => (part === 0 ? rows : []) })
  let now = 1e12
  const standings = createAgentStandings(store.ask, () => now, registry)
  assert.equal((await standings()).standings.size, 501)
  for (let wave = 0; wave < 3; wave++) {
    rows = Array.from({ length: 60_000 }, (_, at) => row('loud', `made-up-${wave}-${at}`, 1, 10 + wave))
    now += 1_000
    const { standings: found, changed } = await standings()
    if (wave === 2) assert.equal(changed, undefined, 'rows of who was dropped are gone too')
    assert.ok(found.size <= agentsMax, `${found.size}`)
    for (let at = 0; at < 500; at++) assert.ok(found.has(partitionKeyOf('quiet', `q-${at}`)))
    assert.ok(found.has(partitionKeyOf('loud', 'old')), 'who has done more than a made-up name stays')
  }
  assert.ok(!store.asked.includes('agents seen, by name'))
})

test('registered agents that a full answer leaves out are asked for by name, and stay', async () => {
  const agents = Array.from({ length: 1_500 }, (_, at) => ({ tenant: 'quiet', agent: `own-${at}` }))
  const registry = registryView({ version: 1, agents: agents.map((one) => ({ ...one, tier: 'low', aliases: [] })) })
  const flood = Array.from({ length: agentsMax }, (_, at) => row('loud', `made-up-${at}`))
  const store = storeOf({
    'agents seen': ({ part }) => flood.slice(Number(part) * 12_000, (Number(part) + 1) * 12_000),
    'agents seen, by name': ({ tenant, agents: named }) => {
      assert.ok(Array.isArray(named) && named.length <= 1_000)
      return named.map((agent) => row(String(tenant), String(agent), 77))
    },
  })
  const { standings: found } = await createAgentStandings(store.ask, () => 1e12, registry)()
  for (const { tenant, agent } of agents) assert.equal(found.get(partitionKeyOf(tenant, agent))?.events, 77)
  assert.ok(found.size <= agentsMax + agents.length)
})

test('shares are fair: within the bound, none beyond what is wanted, and who is cut gets as much as any other', () => {
  const wishes = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(wishes, fc.nat(5_000), (wanted, bound) => {
      const shares = [...fairShares(new Map(wanted.map((count, at) => [String(at), count])), bound)]
      const total = shares.reduce((sum, [, share]) => sum + share, 0)
      assert.ok(total <= bound)
      const cut = shares.filter(([name, share]) => share < (wanted[Number(name)] ?? 0)).map(([, share]) => share)
      if (cut.length === 0) return
      const most = Math.max(...shares.map(([, share]) => share))
      assert.ok(
        cut.every((share) => most - share <= 1),
        'whoever is cut has no less than anybody',
      )
      assert.ok(bound - total < wanted.length, 'what is left is shared out')
    }),
  )
})
