import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import type { NewRecord } from '@straylight/runtime/log/log'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { nativeRecord } from './native-line.ts'

/** What an agent of the office does all day: it looks contacts up, reads them, and mails one of a few people. */
const steps = [
  { system: 'crm', action: 'contacts.find', bytes_received: 2_000 },
  { system: 'crm', action: 'contacts.read', bytes_received: 900 },
  { system: 'erp', action: 'invoices.read', bytes_received: 1_500 },
  { system: 'mail', action: 'send', bytes_sent: 3_000 },
]

/**
 * Days of plain work of like agents, in order of time: so many sessions a day each, of eight events. A little varies with
 * the place in the order and nothing else, so the same arguments give the same records.
 */
export function officeWork(of: {
  agents: readonly string[]
  from: number
  days: number
  sessionsPerDay?: number
  /** Times the usual bytes, by day. */
  volume?: (day: number) => number
}): NewRecord[] {
  const { agents, from, days, sessionsPerDay = 3, volume = () => 1 } = of
  const records: NewRecord[] = []
  for (let day = 0; day < days; day++) {
    for (let session = 0; session < sessionsPerDay; session++) {
      for (let at = 0; at < 8; at++) {
        for (const [place, agent] of agents.entries()) {
          const time = from + day * dayMs + (9 + 2 * session) * 60 * minuteMs + at * minuteMs + place * 1_000
          records.push(workRecord({ agent, time, day, session, at, times: volume(day) }))
        }
      }
    }
  }
  return records
}

function workRecord(of: { agent: string; time: number; day: number; session: number; at: number; times: number }) {
  const { agent, time, day, session, at, times } = of
  const step = steps[(at + (at % 4 === 1 ? session : 0)) % steps.length] as (typeof steps)[number]
  const vary = 0.7 + ((day * 7 + session * 5 + at * 3) % 11) / 16
  const bytes = (usual: number) => Math.round(usual * vary * times)
  return nativeRecord({
    ...{ id: `${agent}-${time}`, agent, time, session: `${agent}-${Math.floor(time / dayMs)}-${session}` },
    ...{ owner: 'office@acme.example', system: step.system, action: step.action },
    ...(step.bytes_sent === undefined ? {} : { bytes_sent: bytes(step.bytes_sent) }),
    ...(step.bytes_received === undefined ? {} : { bytes_received: bytes(step.bytes_received) }),
    ...(step.action === 'send' ? { destinations: [`colleague-${(day + session) % 4}@acme.example`] } : {}),
  })
}

/** Records of `agent.audit.v1` as the events of a history, read by ingest itself. */
export function historyOf(records: readonly NewRecord[]): AgentEvent[] {
  const registry = createAgentRegistry({ version: 1, agents: [] })
  return records.flatMap(({ value }, offset) => {
    const read = readRecord(Buffer.from(value), {}, { registry, tenant: 'default', time_max: null })
    const [draft] = read.events
    if (draft === undefined) throw new Error(`the test's own record can't be read: ${JSON.stringify(read.rejections)}`)
    const position = { topic: 'history', partition: 0, offset, index: 0 }
    return [{ ...draft.event, id: draft.event.id ?? String(offset), position }]
  })
}
