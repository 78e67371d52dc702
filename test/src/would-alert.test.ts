import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { type Browser, type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// What would alert of an agent, asked of the scorer over a real store; and that what it says comes true.

const agents = ['bot-0', 'bot-1', 'bot-2']

let up: ConsoleRun
let admin: Browser
const now = Date.now()
before(async () => {
  up = await openConsoleRun({ policy: { budget: { session_alert_rate: 0.01 } }, score: { checkpointEvents: 1 } })
  await up.run.baseline().importHistory(historyOf(officeWork({ agents, from: now - 40 * dayMs, days: 39 })))
  await up.run.log.append([
    nativeRecord({ id: 'n1', agent: 'newcomer', session: 's', time: now - minuteMs, system: 'crm', action: 'x' }),
  ])
  await up.run.drain()
  await up.addUser({ name: 'root', role: 'admin' })
  await up.addUser({ name: 'eve', role: 'admin', tenant: 'globex' })
  admin = await up.browser('root')
})
after(() => up?.close())

const of = (agent: string) => ({ tenant: 'default', agent })

test('it says what would alert, and when the agent does that, it alerts', async () => {
  const answer = await admin.ask('wouldAlert', of('bot-0'))
  const { deeds, sentence, profile_events } = answer
  assert.deepEqual([deeds[0]?.kind, deeds[0]?.alerts], ['usual', false])
  assert.ok(profile_events > 100 && deeds.length > 12, `${profile_events} events, ${deeds.length} deeds`)
  assert.match(sentence, /^bot-0 would alert now if it /)
  const stray = deeds.find(({ deed }) => deed.startsWith('uses a new system, and sends'))
  assert.ok(stray?.alerts, JSON.stringify(stray))
  await up.run.log.append([
    nativeRecord({
      ...{ id: 'd1', agent: 'bot-0', session: 'deed', time: Date.now(), system: 'a-system-never-used' },
      ...{ action: 'an_action_never_used', destinations: ['https://never-used.example'] },
    }),
  ])
  await up.run.drain()
  const { items } = await admin.ask('alerts', { search: 'agent:bot-0', state: 'all' })
  assert.equal(items.length, 1, 'and asking alone had opened none')
  assert.equal(items[0]?.cause, stray.cause)
})

test('an agent with next to no history, one that is not there, and one of another tenant', async () => {
  const young = await admin.ask('wouldAlert', of('newcomer'))
  assert.ok(young.sentence.length > 20)
  assert.equal(young.deeds.filter(({ kind, alerts }) => kind === 'when' && alerts).length, 0)
  await assert.rejects(admin.ask('wouldAlert', of('nobody')), /404/)
  const eve = await up.browser('eve')
  await assert.rejects(eve.ask('wouldAlert', of('bot-0')), /404/)
  await assert.rejects(eve.ask('wouldAlert', { tenant: 'globex', agent: 'bot-0' }), /404/)
})

test('asked by many at once it is worked out once, and detection goes on', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => admin.ask('wouldAlert', of('bot-1'))))
  for (const { deeds } of answers) assert.deepEqual(deeds, answers[0]?.deeds)
})
