import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import { openStore } from '@straylight/runtime/store/open-store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { eventRow } from '../count/event-row.ts'
import { AgentClocks } from './agent-clocks.ts'

// Promise 13: no date and no field left out switches anything off.

const hasher = new ProfileKeyHasher('0'.repeat(32))
const noon = Date.UTC(2026, 10, 23, 12)
const minute = 60_000

const logTimeOf = (offset: number): number => noon + offset * 17 * minute + (offset > 30 ? 26 * 60 * minute : 0)

/** Some days of sessions, amounts, gaps, late events (of an hour and of two days) and such as are ahead of the log. */
const events = Array.from({ length: 60 }, (_, offset): AgentEvent => {
  const late = offset % 7 === 6 ? (offset % 2 === 0 ? 60 : 2_880) * minute : 0
  const ahead = offset % 13 === 12 ? 300 * minute : 0
  return {
    ...{ id: `e${offset}`, tenant: 'acme', agent: 'bot', session: `s${Math.floor(offset / 9)}` },
    time: logTimeOf(offset) - late + ahead,
    ...{ system: `sys${offset % 3}`, action: offset % 5 === 0 ? 'delete' : 'read', resource: `r${offset % 11}` },
    ...{
      bytes_sent: offset * 1_000,
      outcome: offset % 4 === 0 ? 'denied' : 'success',
      format: 'native',
      registered: true,
    },
    content_hash: `${offset}`.padStart(16, '0'),
    position: { topic: 'agent.audit.v1', partition: 0, offset, index: 0 },
  } as AgentEvent
})

test('a clock rebuilt from rows is the clock that was followed: sessions, windows and longest silence', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-clocks-'))
  const store = await openStore({ directory })
  try {
    const clock = newAgentClock()
    const followedUntil = new Map<number, string>()
    const rows = events.map((event, offset) => {
      followedUntil.set(offset, JSON.stringify({ ...clock, sessions: [...clock.sessions] }))
      const source = event.position
      const log_time = logTimeOf(offset)
      const place = { source, log: { partition: 0, offset }, log_time, vetted: false }
      return eventRow(
        { event, text: JSON.stringify(event), followed: followSession(clock, event, log_time) },
        place,
        hasher,
      )
    })
    await store.insert('events', rows)
    for (const before of [1, 29, 32, 59]) {
      const clocks = new AgentClocks(store)
      await clocks.load(0, [{ tenant: 'acme', agent: 'bot' }], before)
      const { sessions, ...rest } = clocks.clockOf(0, { tenant: 'acme', agent: 'bot' })
      const followed = JSON.parse(followedUntil.get(before) as string)
      assert.deepEqual(JSON.parse(JSON.stringify({ ...rest, sessions: [...sessions] })), followed, `before ${before}`)
    }
    assert.ok(clock.longest_gap > 24 * 60 * minute)
  } finally {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
})
