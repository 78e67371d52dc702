import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Producer, ProducerBatch } from 'kafkajs'
import { openAppender } from './kafka-appender.ts'

const record = (partition: number, value: string) => ({ topic: 't', key: 'k', value, partition })

/** A producer whose call number `at` acknowledges the partitions that `answers[at]` names, all where it names none. */
function producerOf(answers: readonly (readonly number[])[]) {
  const calls: string[][] = []
  const producer = {
    sendBatch: async ({ topicMessages = [] }: ProducerBatch) => {
      const sent = topicMessages.flatMap(({ messages }) => messages)
      const answered = answers[calls.length] ?? sent.map(({ partition }) => partition as number)
      calls.push(sent.map(({ value }) => String(value)))
      return [...new Set(answered)].map((partition) => ({ topicName: 't', partition, errorCode: 0 }))
    },
  }
  return { calls, append: openAppender(producer as unknown as Producer) }
}

test('what a leader that moved left out is sent again, the same and before anything later', async () => {
  const { calls, append } = producerOf([[0], [2]])
  await Promise.all([
    append([record(0, 'a'), record(1, 'b'), record(2, 'c'), record(1, 'd')]),
    append([record(1, 'later'), record(0, 'also')]),
  ])
  assert.deepEqual(calls, [
    ['a', 'b', 'c', 'd'],
    ['b', 'c', 'd'],
    ['b', 'd'],
    ['later', 'also'],
  ])
})

test('brokers that go on saying nothing end the append', async () => {
  const { calls, append } = producerOf(Array.from({ length: 20 }, () => []))
  await assert.rejects(append([record(0, 'a')]), /Kafka did not take records for t/)
  assert.equal(calls.length, 10)
})
