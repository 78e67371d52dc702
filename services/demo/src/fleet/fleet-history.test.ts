import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { NativeEvent } from '@straylight/schemas/native-event'
import { credentialAt } from './credential-at.ts'
import { drawFleet } from './draw-fleet.ts'
import { fleetHistory, quietTraffic } from './fleet-history.ts'

const until = Date.UTC(2026, 9, 14, 15, 20)
const fleet = drawFleet(5)
const history = [...fleetHistory(fleet, { days: 28, until })]

test('four weeks are some 40 to 60 thousand events, at the seeds tried', () => {
  for (const seed of [1, 2, 3]) {
    const { length } = [...fleetHistory(drawFleet(seed), { days: 28, until })]
    assert.ok(length > 35_000 && length < 70_000, `${length} events at seed ${seed}`)
  }
})

test('history is in order of time, inside its window, and every id is there once', () => {
  const times = history.map(({ time }) => Date.parse(time))
  assert.ok(times.every((time, place) => time >= (times[place - 1] ?? 0)))
  assert.ok((times[0] ?? 0) >= until - 28 * 24 * hourMs && (times.at(-1) ?? 0) < until)
  assert.equal(new Set(history.map(({ id }) => id)).size, history.length)
})

test('every event is what shippers are promised to be read', () => {
  for (const event of history.slice(0, 2000)) assert.deepEqual(NativeEvent.safeParse(event).error, undefined)
})

test('the same window gives the same events; a later end changes nothing before it but tasks cut short', () => {
  assert.deepEqual([...fleetHistory(fleet, { days: 2, until })], [...fleetHistory(fleet, { days: 2, until })])
  const longer = new Set([...fleetHistory(fleet, { days: 30, until: until + 24 * hourMs })].map(({ id }) => id))
  assert.deepEqual(
    history.filter(({ id }) => !longer.has(id)),
    [],
  )
})

test('quiet traffic is other work of the same fleet', () => {
  const quiet = [...quietTraffic(fleet, { from: until, durationMs: 6 * hourMs, seed: 1 })]
  const other = [...quietTraffic(fleet, { from: until, durationMs: 6 * hourMs, seed: 2 })]
  const known = new Set(history.map(({ id }) => id))
  assert.ok(quiet.length > 100)
  assert.deepEqual(
    quiet.filter(({ id }) => known.has(id) || other.some((event) => event.id === id)),
    [],
  )
  const actions = new Set(history.map(({ agent, action }) => `${agent} ${action}`))
  const unseen = quiet.filter(({ agent, action }) => !actions.has(`${agent} ${action}`))
  assert.ok(unseen.length < quiet.length * 0.01)
})

test('each call shows the credential that its agent holds at that time, and nobody shares one', () => {
  const holders = new Map<string, string>()
  for (const { agent, credential, time } of history) {
    assert.equal(holders.get(credential.id) ?? agent, agent)
    holders.set(credential.id, agent)
    assert.ok(time >= credential.issued_at && time < credential.expires_at)
  }
})

test('a credential changes at the end of its lifetime and not before', () => {
  const agent = fleet.agents[3]!
  const { id, issued_at, expires_at } = credentialAt(fleet, agent, until)
  assert.equal(expires_at - issued_at, agent.credential_lifetime_ms)
  assert.equal(credentialAt(fleet, agent, issued_at).id, id)
  assert.equal(credentialAt(fleet, agent, expires_at - 1).id, id)
  assert.notEqual(credentialAt(fleet, agent, expires_at).id, id)
})

test('ordinary life has failures and new faces, few of each', () => {
  const failures = history.filter(({ outcome }) => outcome === 'failure').length
  assert.ok(failures > history.length * 0.002 && failures < history.length * 0.04)
  const writers = new Set(fleet.roles.filter(({ kind }) => kind === 'sales').flatMap(({ customers }) => customers))
  const mails = history.flatMap(({ destinations = [] }) => destinations).filter((to) => to.includes('@'))
  const strangers = mails.filter((to) => !to.endsWith(`@${fleet.mail_domain}`) && !writers.has(to))
  assert.ok(strangers.length > 10 && strangers.length < mails.length * 0.05)
})
