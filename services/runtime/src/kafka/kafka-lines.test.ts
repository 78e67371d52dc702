import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logLevel } from 'kafkajs'
import { routeLines } from './kafka-lines.ts'

/** Routes what kafkajs says at given moments; returns what people see. */
function routed(said: readonly { at?: number; level?: logLevel; message: string; error?: string }[]): string[] {
  const lines: string[] = []
  let now = 0
  const write = routeLines(
    (level, message) => lines.push(`${level} ${message}`),
    () => now,
  )()
  for (const { at = 0, level = logLevel.ERROR, message, error } of said) {
    now = at
    const log = { timestamp: '', message, ...(error === undefined ? {} : { error }) }
    write({ namespace: 'Connection', level, label: '', log })
  }
  return lines
}

const loading = "The coordinator is loading and hence can't process requests for this group"
const calm = 'info Kafka is not ready yet (starting, or electing a leader): waiting for it'

test('the noise of a start is one calm line, and another one if it goes on', () => {
  const noise = [
    { message: 'Response JoinGroup(key: 11, version: 5)', error: loading },
    { message: 'Response GroupCoordinator(key: 10, version: 2)', error: 'The group coordinator is not available' },
    { message: 'Crash: KafkaJSGroupCoordinatorNotFound: The group coordinator is not available' },
    { message: 'Failed to send messages: This server is not the leader for that topic-partition' },
    {
      message: 'Response Metadata',
      error: 'There is no leader for this topic-partition as we are in the middle of a leadership election',
    },
  ]
  assert.deepEqual(routed(noise), [calm])
  assert.deepEqual(routed([...noise, ...noise.map((line) => ({ ...line, at: 31_000 }))]), [calm, calm])
})

test('a group that is shared out anew is no news', () => {
  const lines = routed([
    { message: 'Response Heartbeat(key: 12, version: 3)', error: 'The group is rebalancing, so a rejoin is needed' },
    { level: logLevel.WARN, message: 'The group is rebalancing, re-joining' },
    { message: 'The coordinator is not aware of this member, re-joining the group' },
  ])
  assert.ok(lines.every((line) => line.startsWith('debug')))
})

test('a restart is known by what made it necessary', () => {
  const [crash, restart] = routed([
    { message: 'Crash: KafkaJSConnectionError' },
    { message: 'Restarting the consumer in 50ms' },
  ])
  assert.deepEqual(
    [crash, restart],
    ['warn kafka: Crash: KafkaJSConnectionError', 'debug kafka: Restarting the consumer in 50ms'],
  )
})

test('what is tried again is a warning, since a call that gives up throws', () => {
  assert.deepEqual(routed([{ message: 'Connection error: ECONNREFUSED' }]), [
    'warn kafka: Connection error: ECONNREFUSED',
  ])
  assert.deepEqual(routed([{ level: logLevel.INFO, message: 'Starting' }]), ['debug kafka: Starting'])
})
