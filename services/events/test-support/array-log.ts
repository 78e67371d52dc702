import type { Log, LogRecord, NewRecord, TopicPartition } from '@straylight/runtime/log/log'

/**
 * The reading half of the log over arrays, for tests that need to lay out records by hand, gaps, restarts and lost heads
 * included. What needs groups and durability is tested on the real adapters.
 */
export class ArrayLog implements Pick<Log, 'append' | 'endOffset' | 'startOffset' | 'read'> {
  readonly records = new Map<string, LogRecord[]>()
  /** Records that `read` has handed out. */
  reads = 0

  partition({ topic, partition }: TopicPartition): LogRecord[] {
    const name = `${topic}/${partition}`
    const records = this.records.get(name) ?? []
    this.records.set(name, records)
    return records
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    for (const { topic, partition = 0, key, value, headers = {}, timestamp = 0 } of records) {
      const list = this.partition({ topic, partition })
      const offset = (list.at(-1)?.offset ?? -1) + 1
      list.push({ topic, partition, offset, key, value: Buffer.from(value), headers, timestamp })
    }
  }

  async endOffset(of: TopicPartition): Promise<number> {
    return (this.partition(of).at(-1)?.offset ?? -1) + 1
  }

  async startOffset(of: TopicPartition): Promise<number> {
    return this.partition(of)[0]?.offset ?? 0
  }

  async *read(of: TopicPartition, from: number, to: number): AsyncIterable<LogRecord> {
    for (const record of this.partition(of)) {
      if (record.offset < from || record.offset >= to) continue
      this.reads++
      yield record
    }
  }

  /** The whole port, for what asks for one; the rest must not be called. */
  asLog(): Log {
    return this as unknown as Log
  }
}
