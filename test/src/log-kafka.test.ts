import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openKafkaLog } from '@straylight/runtime/kafka-log'
import type { Log } from '@straylight/runtime/log'
import { startKafka } from '../kit/kafka-broker.ts'
import { testLogContract } from './log-contract.ts'

const kafka = await startKafka()
if ('absent' in kafka) {
  test('the log on Kafka', { skip: kafka.absent })
} else {
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
  testLogContract('Kafka', {
    open: async () => {
      log = await open()
      return log
    },
    close: () => log.close(),
    handOverMs: 30_000,
  })
  test('a healthy broker gives no errors to log', () => {
    assert.deepEqual(
      lines.filter((line) => line.startsWith('error')),
      [],
    )
  })
}
