import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { demoRegistry } from './demo-registry.ts'
import { drawFleet } from './draw-fleet.ts'
import { fleetHistory } from './fleet-history.ts'
import { drawOpenCase, drawScenarios, scenarioNames } from './scenarios.ts'

const from = Date.UTC(2026, 9, 14, 15, 20)
const seeds = Array.from({ length: 40 }, (_, seed) => seed)
const reported = (seed: number) => {
  const fleet = drawFleet(seed)
  return { fleet, scenarios: drawScenarios(fleet) }
}
const fleet = drawFleet(5)
const history = [...fleetHistory(fleet, { days: 28, until: from })]
const scenarioOf = (name: (typeof scenarioNames)[number]) => drawScenarios(fleet).find((known) => known.name === name)!

test('every seed tells the five stories, each with an agent of its own', () => {
  for (const seed of seeds) {
    const { scenarios } = reported(seed)
    assert.deepEqual(
      scenarios.map(({ name }) => name),
      [...scenarioNames],
    )
    const agents = scenarios.flatMap(({ agent, other }) => [agent.agent, ...(other ? [other.agent] : [])])
    assert.equal(new Set(agents).size, 6)
  }
})

test('one case more is left open: an agent that no story needs, outside of a boundary that no story breaks', () => {
  for (const seed of seeds) {
    const { fleet: company, scenarios } = reported(seed)
    const systemsOf = new Map(demoRegistry(company).agents.map(({ agent, boundary }) => [agent, boundary?.systems]))
    const open = drawOpenCase(company, scenarios) ?? assert.fail(`seed ${seed} has none`)
    const own = systemsOf.get(open.agent.agent) ?? assert.fail('it has no boundary')
    assert.ok(open.events(from).every(({ system, agent }) => agent === open.agent.agent && !own.includes(system)))
    assert.ok(scenarios.every(({ agent, other }) => agent !== open.agent && other !== open.agent))
    for (const event of scenarios.flatMap(({ events }) => events(from)))
      assert.ok(systemsOf.get(event.agent)?.includes(event.system) !== false)
  }
})

test("the demo's registry keeps what the fleet was drawn with, and its own mail is inside", () => {
  const registry = Registry.parse(demoRegistry(fleet))
  assert.deepEqual(registry.internal?.domains, [fleet.mail_domain])
  assert.deepEqual(
    registry.agents.map(({ boundary: _boundary, ...agent }) => agent),
    fleet.registry.agents,
  )
  // Four weeks of ordinary work stay within the boundaries.
  const systemsOf = new Map(registry.agents.map(({ agent, boundary }) => [agent, boundary?.systems]))
  assert.ok(history.every(({ agent, system }) => systemsOf.get(agent)?.includes(system) !== false))
})

test('a story is reported the same way twice, in order, from its time on', () => {
  for (const seed of seeds) {
    for (const { agent, other, events } of reported(seed).scenarios) {
      const calls = events(from)
      assert.deepEqual(calls, events(from))
      assert.ok(calls.length >= 2)
      assert.equal(calls[0]?.time, new Date(from).toISOString())
      const times = calls.map(({ time }) => time)
      assert.deepEqual(times, [...times].sort())
      assert.ok(calls.every((call) => [agent.agent, other?.agent].includes(call.agent)))
      assert.ok(calls.some((call) => call.agent === agent.agent))
    }
  }
})

test('the hijacked helpdesk resets in a burst, deletes what it never deleted, and mails data outside', () => {
  const { agent, events } = scenarioOf('hijacked_helpdesk')
  const calls = events(from)
  const of = (kind: string) => agent.role.actions.filter((action) => action.kind === kind).map(({ action }) => action)
  assert.ok(calls.filter(({ action }) => of('reset').includes(action)).length >= 6)
  const deletes = calls.filter(({ action }) => of('delete').includes(action))
  assert.ok(deletes.length >= 3)
  assert.ok(!history.some(({ action, system }) => action === deletes[0]?.action && system === deletes[0]?.system))
  const outside = calls.flatMap(({ destinations = [] }) => destinations).filter((to) => !to.endsWith(fleet.mail_domain))
  assert.ok(outside.length >= 2)
  assert.ok(!history.some(({ destinations = [] }) => destinations.includes(outside[0] ?? '')))
})

test('the new system is new to the agent and all its peers, and known to others', () => {
  const { agent, events } = scenarioOf('new_system')
  const system = events(from)[0]?.system
  const users = new Set(history.filter((event) => event.system === system).map((event) => event.agent))
  const peers = fleet.agents.filter(({ role }) => role === agent.role).map((peer) => peer.agent)
  assert.ok(users.size > 0)
  assert.deepEqual(
    peers.filter((peer) => users.has(peer)),
    [],
  )
})

test('the pull uses a usual tool for 30 to 200 times the usual data, at any seed', () => {
  for (const seed of seeds) {
    const { fleet, scenarios } = reported(seed)
    const { agent, events } = scenarios.find(({ name }) => name === 'data_pull')!
    const exports = agent.role.actions.filter(({ kind }) => kind === 'export')
    const pulls = events(from).flatMap((call) => {
      const tool = exports.find(({ action, system }) => action === call.action && system === call.system)
      return tool ? [call.bytes_received / (tool.received.median * agent.size)] : []
    })
    assert.ok(pulls.length > 0, `no pull at seed ${fleet.seed}`)
    assert.ok(pulls.every((factor) => factor > 29.9 && factor < 200.1))
  }
})

test('the privilege and the scope are ones that the agent never had', () => {
  const { agent, events } = scenarioOf('privilege')
  const own = history.filter((event) => event.agent === agent.agent)
  for (const { privilege, credential } of events(from)) {
    assert.equal(privilege, fleet.privileges.admin)
    assert.ok(!own.some((event) => event.privilege === privilege))
    const fresh = credential.scopes.filter((scope) => !agent.scopes.includes(scope))
    assert.equal(fresh.length, 1)
  }
})

test("the shared credential is the other agent's live one, in use at its holder before it is at the agent", () => {
  for (const seed of seeds) {
    const { agent, other, events } = reported(seed).scenarios.find(({ name }) => name === 'shared_credential')!
    const calls = events(from)
    const stray = calls.filter((call) => call.agent === agent.agent)
    const usual = calls.filter((call) => call.agent === other?.agent)
    assert.ok(usual[0] && stray[0] && usual[0].time < stray[0].time)
    assert.deepEqual(new Set(stray.map(({ credential }) => credential.id)), new Set([usual[0].credential.id]))
    assert.ok(stray[0].time < stray[0].credential.expires_at)
  }
})
