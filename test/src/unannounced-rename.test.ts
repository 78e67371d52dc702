import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewRecord } from '@straylight/runtime/log/log'
import { Registry } from '@straylight/schemas/agent'
import type { Alert } from '@straylight/schemas/alert'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { checkStoredAgents } from 'straylight/doctor/agents-of-store'
import { findingsOf } from 'straylight/replay/replay-judgements'
import { type EmbeddedRun, openEmbeddedRun } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// Promise 19: an agent that goes on under a new name, which nobody announced, is one alert that says so. It stays a stranger, and whoever
// poses as a silent agent hides nothing behind it.

const liveFrom = Date.parse('2026-03-12T00:00:00Z')
const agents = ['amy', 'ben', 'reviewer', 'dan']
const registry = {
  version: 1,
  agents: agents.map((agent) => ({ agent, owner: 'office@acme.example', role: 'office' })),
}

interface Office {
  readonly run: EmbeddedRun
  day(records: readonly NewRecord[]): Promise<void>
  alerts(): Alert[]
}

/** Twenty days of history of four agents, then days that pass one by one. */
async function withOffice(use: (office: Office) => Promise<void>, partitions = 2): Promise<void> {
  let now = liveFrom
  const run = await openEmbeddedRun({ now: () => now, partitions, registry })
  try {
    await run.baseline().importHistory(historyOf(workOf(agents, -20, 20)))
    await use({
      run,
      day: async (records) => {
        now += dayMs
        await run.log.append([...records].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0)))
        await run.drain()
        await run.drain()
      },
      alerts: () => [...run.respond().alerts()],
    })
  } finally {
    await run.close()
  }
}

const workOf = (of: readonly string[], day: number, days = 1) =>
  officeWork({ agents: of, from: liveFrom + day * dayMs, days, sessionsPerDay: 6 })
const renamed = ['amy', 'ben', 'reviewer-2', 'dan']
const shown = (office: Office) =>
  office
    .alerts()
    .filter(({ close_reason }) => close_reason !== 'renamed')
    .map(({ agent, cause, target, severity }) => `${agent} ${cause} ${target} ${severity}`)
const renameSaid = 'reviewer-2 renamed_agent reviewer medium'

test('an agent that goes on under a new name is one alert, reported once, through a restart, which doctor names as well', async () => {
  await withOffice(async (office) => {
    for (let day = 0; day < 2; day++) await office.day(workOf(agents, day))
    assert.deepEqual(shown(office), [])
    for (let day = 2; day < 4; day++) await office.day(workOf(renamed, day))
    assert.deepEqual(shown(office), [renameSaid])
    const alert = office.alerts().find(({ close_reason }) => close_reason !== 'renamed')
    assert.match(alert?.summary ?? '', /^reviewer-2 looks like reviewer under a new name\. /)
    assert.match(
      alert?.findings[0]?.reasons[1] ?? '',
      /write into the registry: - \{ agent: reviewer, aliases: \[reviewer-2\] \}$/,
    )
    const check = await checkStoredAgents(office.run.store, Registry.parse(registry))
    assert.match(check.found, /reviewer-2 looks like reviewer under a new name: if it is, write - \{ agent: reviewer/)
    await office.run.restart('score')
    await office.run.restart('baseline')
    for (let day = 4; day < 8; day++) await office.day(workOf(renamed, day))
    assert.deepEqual(shown(office), [renameSaid])
    const said = (await findingsOf(office.run.log)).filter(({ cause }) => cause === 'renamed_agent')
    assert.equal(said.length, 1)
    assert.ok(said.every(({ registered }) => !registered))
  })
})

test('where the old name is heard again it is no rename, and the alert is graver', async () => {
  await withOffice(async (office) => {
    await office.day(workOf(agents, 0))
    for (let day = 1; day < 3; day++) await office.day(workOf(renamed, day))
    for (let day = 3; day < 5; day++) await office.day(workOf([...renamed, 'reviewer'], day))
    const alert = office.alerts().find(({ cause }) => cause === 'renamed_agent')
    assert.equal(alert?.severity, 'high')
    assert.match(alert?.summary ?? '', /^reviewer-2 acts like reviewer, which is still active\. /)
  })
})

test('a newcomer beside a live agent, or with other work, is no rename', async () => {
  await withOffice(async (office) => {
    for (let day = 0; day < 4; day++) await office.day(workOf([...agents, 'reviewer-2'], day))
    assert.ok(office.alerts().every(({ cause }) => cause !== 'renamed_agent'))
  }, 1)
})

test('whoever poses as a silent agent and then sends data out is alerted for it', async () => {
  await withOffice(async (office) => {
    await office.day(workOf(agents, 0))
    const exfiltration = (day: number, minute: number) =>
      nativeRecord({
        ...{
          id: `x-${day}-${minute}`,
          agent: 'reviewer-2',
          time: liveFrom + day * dayMs + (17 * 60 + minute) * minuteMs,
        },
        ...{
          session: `x-${day}`,
          system: 'vault',
          action: 'secrets.export',
          bytes_sent: 9_000_000,
          privilege: 'admin',
        },
        destinations: ['drop@evil.example'],
      })
    const withTheft = (day: number) => [
      ...workOf(renamed, day),
      ...[1, 2, 3].map((minute) => exfiltration(day, minute)),
    ]
    await office.day(workOf(renamed, 1))
    await office.day(workOf(renamed, 2))
    for (let day = 3; day < 5; day++) await office.day(withTheft(day))
    const others = office.alerts().filter(({ cause }) => cause !== 'renamed_agent')
    assert.ok(shown(office).includes(renameSaid))
    assert.ok(
      others.some(({ findings }) => findings.some(({ system }) => system === 'vault')),
      shown(office).join(', '),
    )
  })
})
