import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Profile } from '@straylight/models/profile/profile'
import type { Benchmark } from './benchmark.ts'
import { quantile } from './interleaved.ts'
import { learntFleet } from './learnt-fleet.ts'

/** Four weeks of 250 agents: the busiest have some thousands of events. */
const events = 120_000

export const profileMemory: Benchmark = {
  name: 'profile-memory',
  about:
    'What one agent costs after four weeks: its count table in memory, its checkpoint row as text, and the whole process memory of all profiles restored from their checkpoints, shared out.',
  async run(say) {
    const { history } = learntFleet(0, { events })
    const profiles = [...history.profiles.values()]
    say(`${profiles.length} agents, ${profiles.reduce((sum, profile) => sum + profile.events, 0)} events`)
    const tables = profiles.map(({ table }) => table.bytes)
    const states = profiles.map((profile) => profile.toState())
    const rows = states.map((state) => Buffer.byteLength(state))
    const whole = await memoryOfAll(states)
    const bytes = (name: string, value: number) =>
      ({ name, value: Math.round(value), unit: 'bytes', better: 'lower' }) as const
    return [
      bytes('profile_table_median', quantile(tables, 0.5)),
      { ...bytes('profile_table_p99', quantile(tables, 0.99)), target: 16_384 },
      bytes('profile_checkpoint_median', quantile(rows, 0.5)),
      bytes('profile_checkpoint_p99', quantile(rows, 0.99)),
      bytes('profile_whole_mean', whole),
    ]
  },
}

/** Mean bytes a profile, heap and arrays, by what the process grows when ten copies of each are restored. */
async function memoryOfAll(states: readonly string[]): Promise<number> {
  const copies = 10
  const before = heldNow()
  const restored = Array.from({ length: copies }, () => states.map((state) => Profile.fromState(state)))
  const grown = heldNow() - before
  return grown / (restored.length * states.length)
}

function heldNow(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
