import { openBell } from '../log/bell.ts'
import type { Consumer, LogBatch, LogRecord, PollResult, TopicOffset, TopicPartition } from '../log/log.ts'
import { byPartition, nameOf } from '../log/topic-partition.ts'
import type { Group } from './embedded-group.ts'
import { unpackRecord } from './embedded-record.ts'
import type { Tables, TopicEntry } from './embedded-tables.ts'

/** Bytes of one partition in one poll; a single larger record still comes, alone. */
const batchBytesMax = 16 * 1024 * 1024
/** How often a waiting poll looks for what another process has written. */
const lookIntervalMs = 50

interface Position extends TopicPartition {
  readonly topicId: number
  offset: number
}

export interface ConsumerSettings {
  readonly tables: Tables
  readonly topicOf: (name: string) => TopicEntry
  readonly group: Group
  readonly groupName: string
  readonly topics: readonly string[]
  /** Called by the log after each append of this process. */
  readonly wakes: Set<() => void>
}

/** A member of a group over the embedded log. */
export function openConsumer(settings: ConsumerSettings): Consumer {
  const { tables, topicOf, group, groupName, topics, wakes } = settings
  const positions = new Map<string, Position>()
  const paused = new Set<string>()
  const bell = openBell()
  const member = { topics, wake: bell.ring }
  let closed = false
  wakes.add(bell.ring)
  group.join(member)

  function handOver(): Pick<PollResult, 'assigned' | 'revoked'> {
    const { taken, released } = group.handOver(member)
    for (const partition of released) positions.delete(nameOf(partition))
    const assigned = [...taken].sort(byPartition).map(({ topic, partition }): TopicOffset => {
      const topicId = topicOf(topic).id
      const offset = tables.committed.get([groupName, topicId, partition]) ?? 0
      positions.set(nameOf({ topic, partition }), { topic, partition, topicId, offset })
      return { topic, partition, offset }
    })
    return { assigned, revoked: [...released].sort(byPartition) }
  }

  function collect(recordsMax: number): LogBatch[] {
    const held = [...positions.values()].filter((position) => !paused.has(nameOf(position))).sort(byPartition)
    return held.flatMap((position) => nextBatch(tables, position, recordsMax) ?? [])
  }

  async function poll({ recordsMax, waitMs }: Parameters<Consumer['poll']>[0]): Promise<PollResult> {
    const deadline = performance.now() + waitMs
    for (;;) {
      if (closed) return { assigned: [], revoked: [], batches: [] }
      bell.quiet()
      const changed = handOver()
      const batches = collect(recordsMax)
      const restMs = deadline - performance.now()
      const found = changed.assigned.length + changed.revoked.length + batches.length
      if (found > 0 || restMs <= 0) return { ...changed, batches }
      await bell.wait(Math.min(restMs, lookIntervalMs))
    }
  }

  async function commit(offsets: readonly TopicOffset[]): Promise<void> {
    const held = offsets.filter((offset) => !closed && group.holds(member, offset))
    if (held.length === 0) return
    await tables.write(() => {
      for (const { topic, partition, offset } of held) {
        void tables.committed.put([groupName, topicOf(topic).id, partition], offset)
      }
    })
  }

  return {
    poll,
    commit,
    pause: (partitions) => {
      for (const partition of partitions) paused.add(nameOf(partition))
    },
    resume: (partitions) => {
      for (const partition of partitions) paused.delete(nameOf(partition))
      bell.ring()
    },
    close: async () => {
      if (closed) return
      closed = true
      wakes.delete(bell.ring)
      group.leave(member)
      bell.ring()
    },
  }
}

function nextBatch(tables: Tables, position: Position, recordsMax: number): LogBatch | undefined {
  const { topic, partition, topicId } = position
  const end = tables.ends.get([topicId, partition]) ?? 0
  if (position.offset >= end) return undefined
  const range = { start: [topicId, partition, position.offset], end: [topicId, partition, end], limit: recordsMax }
  const records: LogRecord[] = []
  let bytes = 0
  for (const { key, value } of tables.records.getRange(range)) {
    bytes += value.length
    if (records.length > 0 && bytes > batchBytesMax) break
    records.push(unpackRecord(value, topic, partition, key[2]))
  }
  const last = records.at(-1)
  // Nothing left before the end: retention dropped it all.
  position.offset = last === undefined ? end : last.offset + 1
  return last === undefined ? undefined : { topic, partition, records, lag: end - position.offset }
}
