import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openKafkaLog } from '@straylight/runtime/kafka-log'
import type { Log } from '@straylight/runtime/log'
import { type KafkaBroker, startKafka } from '../kit/kafka-broker.ts'

/** Its own broker: the group's name is the product's. */
const kafka = await startKafka({ own: true })
const topic = { partitions: 'partitioned', retentionHours: 1, compacted: false, why: 'a test' } as const
const partitions = 4

if ('absent' in kafka) test('a stage on Kafka outlives kill -9', { skip: kafka.absent })
else {
  test(
    'a stage on Kafka outlives kill -9: nothing is lost, and its repeats can be told by position',
    {
      timeout: 180_000,
    },
    () => killsStages(kafka),
  )
}

async function killsStages(broker: KafkaBroker): Promise<void> {
  const log = await openKafkaLog({
    brokers: broker.brokers,
    clientId: 'straylight-test',
    replicationFactor: 1,
    log: () => undefined,
  })
  await log.ensureTopics(
    [
      { ...topic, name: 'from' },
      { ...topic, name: 'to' },
    ],
    partitions,
  )
  const script = fileURLToPath(new URL('../kit/copy-stage.ts', import.meta.url))
  const start = () =>
    spawn(process.execPath, ['--import', 'tsx', script, broker.brokers.join(','), 'from', 'to'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  const members = [start(), start()]
  try {
    let sent = 0
    for (let round = 0; round < 3; round += 1) {
      sent += await appendFor(log, 1500, sent)
      const victim = members.shift()
      assert.ok(victim)
      await kill(victim)
      members.push(start())
    }
    await untilCommitted(log, sent)
    await assertCopied(log, sent)
  } finally {
    await Promise.all(members.map(kill))
    await log.close()
    await broker.stop()
  }
}

/** Appends numbered records for a while, so that kills fall into work; returns how many. */
async function appendFor(log: Log, ms: number, from: number): Promise<number> {
  const deadline = performance.now() + ms
  let next = from
  while (performance.now() < deadline) {
    await log.append(
      Array.from({ length: 10 }, () => {
        const n = next++
        return { topic: 'from', key: String(n), value: String(n), partition: n % partitions }
      }),
    )
    await sleep(5)
  }
  return next - from
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function untilCommitted(log: Log, sent: number): Promise<void> {
  const deadline = performance.now() + 90_000
  for (;;) {
    const offsets = await log.committed('straylight-score', 'from')
    const done = offsets.reduce((sum, { offset }) => sum + offset, 0)
    if (done === sent) return
    assert.ok(performance.now() < deadline, `${done} of ${sent} records are committed`)
    await sleep(100)
  }
}

/** What a reader does: keep the highest source offset, drop what is not above it. Then each is there once, in order. */
async function assertCopied(log: Log, sent: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1) {
    const at = { topic: 'to', partition }
    const values: number[] = []
    let highest = -1
    for await (const { headers, value } of log.read(at, 0, await log.endOffset(at))) {
      if (Number(headers.offset) <= highest) continue
      highest = Number(headers.offset)
      values.push(Number(value))
    }
    const expected = Array.from({ length: sent }, (_, n) => n).filter((n) => n % partitions === partition)
    assert.deepEqual(values, expected)
  }
}
