import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { families, familyNames } from '@straylight/models/profile/profile-key'
import { openStore } from '@straylight/runtime/store/open-store'
import { hourMs } from '@straylight/schemas/duration'
import { profilesFromHours } from './profile-counts.ts'

test('promise 8: a profile with more keys than it takes is the same, whoever else is asked for with it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-profiles-'))
  const store = await openStore({ directory })
  try {
    const agents = Array.from({ length: 8 }, (_, at) => ({ tenant: 't', agent: `bot-${at}` }))
    const time = 490_000 * hourMs
    const family = familyNames.indexOf('destination')
    await store.insert(
      'agent_hours',
      agents.map((of, number) => {
        const keys = Array.from({ length: 3 * families.destination.cap }, (_, at) => 7 + (at * 7919 + number) * 104_729)
        return {
          ...{ ...of, hour: 490_000, vetted: 1, events: keys.length, checksum: 1 },
          ...{
            families: keys.map(() => family),
            contexts: keys.map(() => 99),
            keys,
            counts: keys.map((key) => 1 + (key % 3)),
          },
          ...{ first_time: time, last_time: time, first_log_time: time, last_log_time: time },
        }
      }),
    )
    const stateOf = async (asked: typeof agents) => {
      for await (const { agent, profile } of profilesFromHours(store, {
        agents: asked,
        originDay: 20_000,
        hours: 'history',
      }))
        if (agent === 'bot-3') return profile.toState()
      return assert.fail('no profile')
    }
    const alone = await stateOf(agents.slice(3, 4))
    assert.equal(await stateOf(agents), alone)
    assert.equal(await stateOf(agents.slice(2, 6)), alone)
  } finally {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
})
