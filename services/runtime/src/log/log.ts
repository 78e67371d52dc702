import type { Topic } from '@straylight/schemas/topics'

/** A record as the log holds it. `offset` counts up by one or more within a partition, from 0. */
export interface LogRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** Log time in milliseconds since 1970 UTC: given by the producer, else the moment of appending. */
  readonly timestamp: number
}

/** What a stage writes. Without `partition` the key decides (the same key, the same partition, on both adapters). */
export interface NewRecord {
  readonly topic: string
  readonly key: string
  readonly value: Buffer | string
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly timestamp?: number
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `offset` is the next record to read. */
export interface TopicOffset extends TopicPartition {
  readonly offset: number
}

/** Records of one partition, in order; never empty. */
export interface LogBatch extends TopicPartition {
  readonly records: readonly LogRecord[]
  /** Records of the partition behind this batch, as far as known: the stage's lag. */
  readonly lag: number
}

/** What a poll brings: first what changed hands, then records of partitions now held. */
export interface PollResult {
  /** Partitions that came, with the committed offset (0 where nothing was committed). */
  readonly assigned: readonly TopicOffset[]
  readonly revoked: readonly TopicPartition[]
  readonly batches: readonly LogBatch[]
}

/**
 * A member of a consumer group. One loop owns it: poll, work, append, commit.
 * A record is delivered again after a restart unless its offset was committed.
 */
export interface Consumer {
  /** Waits up to `waitMs` for records; returns what is there, at most `recordsMax` a partition. */
  poll(options: { recordsMax: number; waitMs: number }): Promise<PollResult>
  /** Commits offsets (next to read). Offsets of partitions no longer held are dropped, silently: their new owner reads again. */
  commit(offsets: readonly TopicOffset[]): Promise<void>
  /** Stops delivery of these partitions until resumed. */
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Leaves the group. */
  close(): Promise<void>
}

/** The durable, partitioned, ordered log: an embedded one (LMDB) or Apache Kafka. One contract suite runs on both. */
export interface Log {
  readonly kind: 'embedded' | 'kafka'
  /** Creates what is missing; refuses a topic that exists with another number of partitions. */
  ensureTopics(topics: readonly Topic[], partitions: number): Promise<void>
  partitionCount(topic: string): Promise<number>
  /** Resolves when all records are durable. Order within a partition is the order given, over calls too. */
  append(records: readonly NewRecord[]): Promise<void>
  /** Next offset to be written. */
  endOffset(partition: TopicPartition): Promise<number>
  /** Offset of the first record still kept. */
  startOffset(partition: TopicPartition): Promise<number>
  /** Records from `from` (inclusive) to `to` (exclusive), in order, outside any group: for recovery. */
  read(partition: TopicPartition, from: number, to: number): AsyncIterable<LogRecord>
  /** Joins a group. Each partition is held by one member at a time. */
  subscribe(options: { group: string; topics: readonly string[] }): Promise<Consumer>
  /** Committed offsets of a group, for lag. */
  committed(group: string, topic: string): Promise<readonly TopicOffset[]>
  close(): Promise<void>
}
