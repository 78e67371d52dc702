import type { LogBatch, LogRecord } from '@straylight/runtime/log/log'
import { topics } from '@straylight/schemas/topics'
import { createAgentRegistry } from '../src/record/agent-registry.ts'
import type { ReadContext } from '../src/record/read-record.ts'

/** A native event with its four required fields and an id. */
export const nativeEvent = {
  id: 'e-1',
  time: '2026-11-22T10:00:00.000Z',
  agent: 'invoice-bot',
  system: 'erp',
  action: 'invoices.export',
}

/** Nobody is registered; old times and future ones pass. */
export const context: ReadContext = {
  registry: createAgentRegistry({ version: 1, agents: [] }),
  tenant: undefined,
  time_max: null,
}

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/** Records of one partition of `agent.audit.v1`, from offset 0. */
export function auditBatch(values: readonly (Buffer | Partial<LogRecord>)[], partition = 0): LogBatch {
  const topic = topics.audit.name
  const records = values.map((value, offset) => ({
    ...{ topic, partition, offset, key: 'k', headers: {}, timestamp: 1_000 + offset, value: Buffer.alloc(0) },
    ...(Buffer.isBuffer(value) ? { value } : value),
  }))
  return { topic, partition, records, lag: 0 }
}
