import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { Log } from '@straylight/runtime/log/log'
import { kafkaVersions } from '../test-support/kafka-artifacts.ts'
import { type KafkaBroker, startKafka } from '../test-support/kafka-broker.ts'
import { testLogContract } from './log-contract.ts'

testOn('Kafka', await startKafka())
testOn(`Kafka ${kafkaVersions.before}`, await startKafka({ own: true, version: kafkaVersions.before }))

/** The contract that the embedded log passes as well. */
function testOn(name: string, kafka: KafkaBroker | { absent: string }): void {
  if ('absent' in kafka) {
    test(`the log on ${name}`, { skip: kafka.absent })
    return
  }
  const lines: string[] = []
  const open = () =>
    openKafkaLog({
      brokers: kafka.brokers,
      clientId: 'straylight-test',
      replicationFactor: 1,
      sessionTimeoutMs: 6000,
      log: (level, message) => lines.push(`${level} ${message}`),
    })
  after(() => kafka.stop())
  let log: Log
  testLogContract(name, {
    open: async () => {
      log = await open()
      return log
    },
    close: () => log.close(),
  })
  test(`a healthy broker gives nothing to worry about, and its start one calm line: ${name}`, () => {
    const reported = lines.filter((line) => !line.startsWith('debug'))
    assert.ok(reported.length <= 1, `${reported.length} lines:\n${reported.join('\n')}`)
    for (const line of reported) assert.match(line, /^info Kafka is not ready yet/)
  })
}
