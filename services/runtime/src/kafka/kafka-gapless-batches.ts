import type { Consumer as KafkaConsumer } from 'kafkajs'
import type { TopicOffset, TopicPartition } from '../log/log.ts'
import { nameOf } from '../log/topic-partition.ts'
import type { FetchedBatch, FetchedBatches } from './kafka-fetched-batches.ts'
import type { Positions } from './kafka-positions.ts'

/**
 * Batches that go on where this member stands. kafkajs asks for committed offsets by itself, at another moment: where it heard of a
 * later one, it leaves out what others did in between, and what is remembered from the log would lack it. Such an fetched is
 * dropped, and kafkajs sent back.
 */
export function openGaplessBatches(parts: {
  readonly consumer: Pick<KafkaConsumer, 'seek'>
  readonly positions: Positions
  readonly waitingBatches: FetchedBatches
  readonly startOffset: (partition: TopicPartition) => Promise<number>
}): (which: (fetched: FetchedBatch) => boolean) => Promise<FetchedBatch[]> {
  const { consumer, positions, waitingBatches } = parts

  /** Where to go back to; undefined where nothing is missing, as retention has taken it. */
  async function missing(fetched: FetchedBatch): Promise<TopicOffset | undefined> {
    const place = positions.missing(fetched)
    if (place === undefined) return undefined
    const { topic, partition, records } = fetched
    const offset = Math.max(place, await parts.startOffset({ topic, partition }))
    return records.some((record) => record.offset === offset) ? undefined : { topic, partition, offset }
  }

  return async (which) => {
    const whole = new Set<FetchedBatch>()
    for (const fetched of waitingBatches.all().filter(which)) {
      const place = await missing(fetched)
      if (place === undefined) {
        whole.add(fetched)
        continue
      }
      consumer.seek({ ...place, offset: String(place.offset) })
      waitingBatches.drop((one) => nameOf(one) === nameOf(place))
    }
    // One may have been dropped meanwhile, and another put down.
    return waitingBatches.all().filter((fetched) => whole.has(fetched))
  }
}
