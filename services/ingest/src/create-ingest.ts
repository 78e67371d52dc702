import type { LogRecord, NewRecord } from '@straylight/runtime/log/log'
import type { Stage } from '@straylight/runtime/process/stage'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { type CredentialUse, provesHolder } from '@straylight/schemas/credential-use'
import { cutText } from '@straylight/schemas/cut-text'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { Position } from '@straylight/schemas/position'
import type { Rejection } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import type { Formats } from './formats/create-formats.ts'
import type { AgentRegistry } from './record/agent-registry.ts'
import { createCredentialUses, credentialUseOf } from './record/credential-uses.ts'
import type { EventDraft, RejectionDraft } from './record/event-draft.ts'
import { type ReadContext, readOpened } from './record/read-record.ts'
import { latestTime, originHeader } from './record/sender.ts'
import { createSharedTurns } from './record/shared-turns.ts'
import { tenantOfNobody } from './record/tenant-of.ts'
import { WaitingRecords } from './waiting-records.ts'

/** Credential and agent pairs remembered, about 200 bytes each. */
const usesMax = 200_000

/**
 * The stage that turns records of any format into events: normalised, with their agent found, stamped with their
 * place in the log and keyed by tenant and agent; what cannot be read goes to the rejected topic with its reason.
 * Commits nothing that still waits: a record read again gives its output at the same position.
 *
 * `live`: refuse times ahead of `now`; old logs are read with times ahead of `wallClock` refused, where there is one. `tenant`: of records that name none, where the setting says one.
 */
export function createIngest(options: {
  registry: AgentRegistry
  /** What is read, and what becomes of contents; the formats that are built in where it is left out. */
  formats?: Formats | undefined
  now: () => number
  live: boolean
  /** The real time of a run over old logs, whose `now` is that of the logs; milliseconds since 1970 UTC. */
  wallClock?: () => number
  /** How long a call waits for the agents around it, and a part of a line for its end, milliseconds; 0: for what came with it only. */
  waitMs?: number
  /** A clock that never goes back. */
  monotonicMs?: () => number
  tenant?: string | undefined
  /** Called for each value that the reader failed on by a fault of its own. */
  onReaderFault?: (error: unknown) => void
  /** Called for the fields of an event that were of a wrong type and left out, or read in part. */
  onDroppedFields?: (fields: readonly string[]) => void
  /** Called for each rejected record of an agent that the registry knows. */
  onAgentRejected?: (of: { tenant: string; agent: string }) => void
  /** Called for whose each event is. */
  onAgent?: (of: { tenant: string; agent: string; registered: boolean }) => void
  /** Called for each value that is known by name and passed over, and where it stood. */
  onPassedOver?: (name: string, position: Position) => void
}): Stage {
  const { registry, now, live, tenant, onReaderFault, onDroppedFields, onAgentRejected } = options
  const { monotonicMs = () => performance.now() } = options
  const turns = createSharedTurns()
  const uses = createCredentialUses(usesMax)
  const waiting = new WaitingRecords(options.waitMs ?? 0)
  async function written(firstUses: Map<string, FirstUse>): Promise<NewRecord[]> {
    const turn = turns.join()
    const output: NewRecord[] = []
    for (const { record, opened } of waiting.take(monotonicMs())) {
      if (opened === null) {
        options.onPassedOver?.('part of a line', positionOf(record, 0))
        continue
      }
      for (const draft of readOpened(opened)) {
        if (turn.isOver()) await turn.next()
        if ('event' in draft) {
          const event = writeEvent(output, draft, record)
          options.onAgent?.(event)
          if (event.dropped_fields !== undefined) onDroppedFields?.(event.dropped_fields)
          // What is reported later of the same use in one batch is earlier by event time; a proven use is never replaced by a claim.
          if (uses.isNews(event)) {
            const use = `${credentialUseOf(event)}\n${provesHolder(event)}`
            firstUses.set(use, { event, timestamp: record.timestamp })
          }
          continue
        }
        if ('passed_over' in draft) {
          options.onPassedOver?.(draft.passed_over, positionOf(record, draft.index))
          continue
        }
        output.push(rejected(draft, record))
        const { agent, registered = false } = draft
        if (agent !== undefined && registered) onAgentRejected?.({ tenant: draft.tenant ?? tenantOfNobody, agent })
      }
    }
    return output
  }
  /** In order of log time, not of the partition that came first in the poll. Who had a credential first is known by event time. */
  const useRecords = (firstUses: ReadonlyMap<string, FirstUse>): NewRecord[] =>
    [...firstUses.values()].sort((one, other) => one.timestamp - other.timestamp).map(useRecord)
  async function writtenLater(): Promise<NewRecord[]> {
    const firstUses = new Map<string, FirstUse>()
    return [...(await written(firstUses)), ...useRecords(firstUses)]
  }
  const contextNow = (): ReadContext => ({
    registry,
    tenant,
    time_max: live ? latestTime(now) : options.wallClock === undefined ? null : latestTime(options.wallClock),
    onReaderFault,
    formats: options.formats,
  })
  return {
    name: 'ingest',
    topics: [topics.audit.name],
    batchRecordsMax: 5_000,
    async process(batches) {
      const context = contextNow()
      const turn = turns.join()
      const output: NewRecord[] = []
      const firstUses = new Map<string, FirstUse>()
      for (const batch of batches)
        for (const record of batch.records) {
          if (turn.isOver()) await turn.next()
          waiting.add(record, context, monotonicMs())
          if (waiting.isFull) for (const one of await written(firstUses)) output.push(one)
        }
      for (const one of await written(firstUses)) output.push(one)
      for (const one of useRecords(firstUses)) output.push(one)
      return output
    },
    due: () => (waiting.isEmpty ? Promise.resolve([]) : writtenLater()),
    heldBack: () => waiting.heldBack(),
    async revoked(partitions) {
      waiting.forget(partitions)
    },
  }
}

/** An event that uses its credential for the first time with its agent, and its log time. */
interface FirstUse {
  readonly event: AgentEvent
  readonly timestamp: number
}

function writeEvent(output: NewRecord[], draft: EventDraft, record: LogRecord): AgentEvent {
  const position = positionOf(record, draft.index)
  const event: AgentEvent = Object.assign(draft.event, { id: draft.event.id ?? idOf(position), position })
  const { timestamp } = record
  const value = JSON.stringify(event)
  output.push({ topic: topics.events.name, key: partitionKeyOf(event.tenant, event.agent), value, timestamp })
  return event
}

function useRecord({ event, timestamp }: FirstUse): NewRecord {
  const credential_id = event.credential?.id ?? ''
  const use: CredentialUse = { tenant: event.tenant, credential_id, agent: event.agent, event }
  const key = partitionKeyOf(use.tenant, use.credential_id)
  return { topic: topics.credentials.name, key, value: JSON.stringify(use), timestamp }
}

function rejected(draft: RejectionDraft, record: LogRecord): NewRecord {
  const { index, registered: _registered, ...reported } = draft
  const origin = record.headers[originHeader]
  const rejection: Rejection = {
    ...reported,
    position: positionOf(record, index),
    ...(origin === undefined ? {} : { origin: cutText(origin, 1000) }),
  }
  const { topic, timestamp } = { topic: topics.rejected.name, timestamp: record.timestamp }
  return { topic, key: `${record.topic}|${record.partition}`, value: JSON.stringify(rejection), timestamp }
}

const positionOf = (record: LogRecord, index: number): Position => ({
  topic: record.topic,
  partition: record.partition,
  offset: record.offset,
  index,
})

/** The id of an event whose shipper gave none: its place, which never repeats. */
const idOf = ({ topic, partition, offset, index }: Position): string => `${topic}/${partition}/${offset}/${index}`
