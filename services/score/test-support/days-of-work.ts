import { seededRandom } from '@straylight/models/training/seeded-random'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { minuteMs } from '@straylight/schemas/duration'
import { eventOf, noon } from './event-of.ts'

export const agents = ['bot', 'peer', 'third', 'loner', 'newcomer'] as const

/** What five agents did, in order: ordinary work in sessions that come and go, and every so often something strange. */
export function daysOfWork(count: number, seed: number, { from = noon, strangeOneIn = 20 } = {}): AgentEvent[] {
  const random = seededRandom(seed)
  let time = from
  return Array.from({ length: count }, (_, at) => {
    time += random.below(10) === 0 ? 35 * minuteMs : 20_000
    const agent = agents[random.below(agents.length)] as string
    const strange = random.next() < 1 / strangeOneIn
    const named = random.below(3) > 0
    const { session: _unnamed, ...event } = eventOf(at, {
      agent,
      time,
      action: ['read', 'write', 'list'][random.below(3)] as string,
      destinations: [strange ? `drop${at}@evil.example` : `u${random.below(3)}@x.example`],
      bytes_sent: strange ? 2 ** 28 : 100 + random.below(300),
      outcome: 'success',
    })
    return named ? { ...event, session: `s${Math.floor(at / 60)}` } : event
  })
}
