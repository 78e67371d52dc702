import type { NewRecord } from '@straylight/runtime/log/log'
import { dayMs } from '@straylight/schemas/duration'
import { eventOf, noon } from './event-of.ts'
import { eventRecordOf } from './score-world.ts'

/** Six agents of long standing that speak every ninety minutes; the fourth and the sixth fall silent after 16 and 17 days. */
export function silentAgents(): NewRecord[] {
  const end = { bot: 20, peer: 20, third: 20, quiet: 16, loner: 20, mute: 17 }
  return Array.from({ length: 20 * 16 * 6 }, (_, at) => {
    const day = at / (16 * 6)
    const [agent, until] = Object.entries(end)[at % 6] as [string, number]
    return day > until ? [] : [eventRecordOf(eventOf(at, { agent, time: noon + Math.round(day * dayMs) }))]
  }).flat()
}
