import type { NewRecord } from '@straylight/runtime/log/log'
import { dayMs } from '@straylight/schemas/duration'
import { nativeRecord } from './native-line.ts'
import { officeWork } from './office-work.ts'

/** Twenty days of office work of these agents, that end on the day before `until`: enough to know what is usual. */
export function officeHistory(agents: readonly string[], until: number): NewRecord[] {
  return officeWork({ agents, from: Math.floor(until / dayMs - 20) * dayMs, days: 20, sessionsPerDay: 2 })
}

/**
 * Far more mail than the agent ever sent, to a stranger, in no session and with no credential: what its command hits is the
 * agent itself, so no person is asked whose it is.
 */
export function strayMail(of: { id: string; agent: string; time: number }): NewRecord {
  const event = { system: 'mail', action: 'send', destinations: ['drop@evil.example'], bytes_sent: 3_000_000_000 }
  return nativeRecord({ ...of, owner: 'office@acme.example', ...event })
}
