import type { NewRecord } from '@straylight/runtime/log/log'
import { counterOf, gaugeOf, type Metrics } from '@straylight/runtime/process/metrics'
import { topics } from '@straylight/schemas/topics'
import type { AgentsSeen } from './record/agents-seen.ts'

export type IngestMetrics = ReturnType<typeof ingestMetrics>

/** What comes in: what the endpoint took and refused, what could not be read and what the reader itself failed on. */
export const ingestMetrics = (metrics: Pick<Metrics, 'registry'>) => ({
  rejections: counterOf(metrics, {
    name: 'straylight_rejections_total',
    help: 'Records that could not be read, by reason.',
    labelNames: ['code'],
  }),
  agentRejections: counterOf(metrics, {
    name: 'straylight_agent_rejections_total',
    help: 'Records that could not be read, by the registered agent whose they are: as many series as such agents.',
    labelNames: ['tenant', 'agent'],
  }),
  passedOver: counterOf(metrics, {
    name: 'straylight_passed_over_total',
    help: 'Values that are known by name and tell of no action, such as digests and control messages, by that name.',
    labelNames: ['kind'],
  }),
  droppedFields: counterOf(metrics, {
    name: 'straylight_dropped_fields_total',
    help: 'Events with a field of a wrong type, which was left out or read in part, by field: a slip of a sender, or an agent that hides.',
    labelNames: ['field'],
  }),
  readerFaults: counterOf(metrics, {
    name: 'straylight_reader_faults_total',
    help: 'Values that the reader failed on by a fault of its own, at the endpoint or from the log: a bug to report.',
    labelNames: ['place'],
  }),
  endpointValues: counterOf(metrics, {
    name: 'straylight_door_values_total',
    help: 'Values that POST /v1/events, /v1/traces and /v1/logs took, by whether ingest will make an event of them or reject them.',
    labelNames: ['outcome'],
  }),
  endpointRefusals: counterOf(metrics, {
    name: 'straylight_door_refusals_total',
    help: 'Requests that POST /v1/events, /v1/traces and /v1/logs refused, by reason.',
    labelNames: ['code'],
  }),
})

/** What this process has seen of agents, against its registry. */
export function gaugeAgentsSeen(metrics: Pick<Metrics, 'registry'>, seen: AgentsSeen): void {
  gaugeOf(metrics, {
    name: 'straylight_agents_not_registered',
    help: 'Agents seen since the start that the registry does not name: their owner, tier and revocation are unknown. 10,000 at most.',
    read: () => seen.strangers,
  })
  gaugeOf(metrics, {
    name: 'straylight_registry_entries_unseen',
    help: 'Entries of the registry of which nothing was read since the start: a name, alias or tenant may be wrong.',
    read: () => seen.entriesUnseen,
  })
}

/** Counts a record that ingest writes, where it is a rejection. */
export function countRejection({ rejections }: Pick<IngestMetrics, 'rejections'>, record: NewRecord): void {
  if (record.topic !== topics.rejected.name) return
  // The code stands before the raw record, which can be 100 kB: not parsed for a count.
  const head = record.value.slice(0, 4000).toString()
  rejections.inc({ code: /"code":"([a-z_]{1,60})"/.exec(head)?.[1] ?? 'unknown' })
}
