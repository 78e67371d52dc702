import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { drawFleet } from './draw-fleet.ts'
import type { Fleet } from './fleet.ts'

const seeds = Array.from({ length: 30 }, (_, seed) => seed)
const toolsOf = (fleet: Fleet) => new Set(fleet.roles.flatMap(({ actions }) => actions.map(({ tool }) => tool)))

test('the same seed draws the same fleet', () => {
  assert.deepEqual(JSON.stringify(drawFleet(7)), JSON.stringify(drawFleet(7)))
})

test('some 40 agents in five roles, all of them in the registry', () => {
  for (const seed of seeds) {
    const fleet = drawFleet(seed)
    assert.ok(fleet.agents.length >= 35 && fleet.agents.length <= 45)
    assert.equal(new Set(fleet.agents.map(({ agent }) => agent)).size, fleet.agents.length)
    assert.equal(new Set(fleet.roles.map(({ name }) => name)).size, 5)
    assert.deepEqual(Registry.parse(fleet.registry), fleet.registry)
    assert.deepEqual(
      fleet.registry.agents.map(({ agent }) => agent).sort(),
      fleet.agents.map(({ agent }) => agent).sort(),
    )
  }
})

test('names, hosts and domains are drawn: two seeds share no tool and no domain', () => {
  const [one, two] = [drawFleet(1), drawFleet(2)]
  assert.notEqual(one.mail_domain, two.mail_domain)
  assert.deepEqual(
    [...toolsOf(one)].filter((tool) => toolsOf(two).has(tool)),
    [],
  )
})

test('every address is under a domain that nobody can own', () => {
  for (const seed of seeds) {
    const { agents, roles } = drawFleet(seed)
    const addresses = roles.flatMap(({ owner, customers, colleagues, hosts }) => [
      owner,
      ...customers,
      ...colleagues,
      ...hosts,
    ])
    assert.deepEqual(
      addresses.filter((address) => !address.endsWith('.example')),
      [],
    )
    assert.ok(agents.every(({ sources }) => sources.every(({ ip }) => ip.startsWith('10.'))))
  }
})

test('what a role leaves alone is in no task: nobody deletes or grants in ordinary life', () => {
  for (const seed of seeds) {
    const kinds = drawFleet(seed).roles.flatMap(({ workflows }) =>
      workflows.flatMap(({ steps }) => steps.map(({ action }) => action.kind)),
    )
    assert.ok(!kinds.includes('delete') && !kinds.includes('grant'))
  }
})

test('an agent has three to eight usual tasks of three to eight calls', () => {
  for (const { workflows } of seeds.flatMap((seed) => drawFleet(seed).agents)) {
    assert.ok(workflows.length >= 3 && workflows.length <= 8)
    assert.ok(workflows.every(({ steps }) => steps.length >= 3 && steps.length <= 8))
  }
})
