import type { Consumer as KafkaConsumer } from 'kafkajs'
import type { Holdings } from './kafka-holdings.ts'
import type { Offer, Offers } from './kafka-offers.ts'
import type { TopicOffset, TopicPartition } from './log.ts'
import { nameOf } from './topic-partition.ts'

/**
 * Offers that go on where this member stands. kafkajs asks for committed offsets by itself, at another moment: where it heard of a
 * later one, it leaves out what others did in between, and what is remembered from the log would lack it. Such an offer is
 * dropped, and kafkajs sent back.
 */
export function openWholeOffers(parts: {
  readonly consumer: Pick<KafkaConsumer, 'seek'>
  readonly holdings: Holdings
  readonly offers: Offers
  readonly startOffset: (partition: TopicPartition) => Promise<number>
}): (which: (offer: Offer) => boolean) => Promise<Offer[]> {
  const { consumer, holdings, offers } = parts

  /** Where to go back to; undefined where nothing is missing, as retention has taken it. */
  async function missing(offer: Offer): Promise<TopicOffset | undefined> {
    const place = holdings.missing(offer)
    if (place === undefined) return undefined
    const { topic, partition, records } = offer
    const offset = Math.max(place, await parts.startOffset({ topic, partition }))
    return records.some((record) => record.offset === offset) ? undefined : { topic, partition, offset }
  }

  return async (which) => {
    const whole = new Set<Offer>()
    for (const offer of offers.all().filter(which)) {
      const place = await missing(offer)
      if (place === undefined) {
        whole.add(offer)
        continue
      }
      consumer.seek({ ...place, offset: String(place.offset) })
      offers.drop((one) => nameOf(one) === nameOf(place))
    }
    // One may have been dropped meanwhile, and another put down.
    return offers.all().filter((offer) => whole.has(offer))
  }
}
