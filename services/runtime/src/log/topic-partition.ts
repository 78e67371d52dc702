import type { TopicPartition } from './log.ts'

/** A partition's name as a map key: `topic/partition`. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** Turns back what `nameOf` made. */
export function partitionNamed(name: string): TopicPartition {
  const at = name.lastIndexOf('/')
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) }
}

/** Order of batches in a poll: topic, then partition. */
export function byPartition(left: TopicPartition, right: TopicPartition): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1
  return left.partition - right.partition
}
