import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { Log } from '@straylight/runtime/log/log'
import { type OwnBroker, startKafka } from '../test-support/kafka-broker.ts'
import { patienceMs } from '../test-support/patience.ts'

/** Its own broker: the group's name is the product's. */
const kafka = await startKafka({ own: true })
const topic = { partitions: 'partitioned', retentionHours: 1, compacted: false, why: 'a test' } as const
const partitions = 4

if ('absent' in kafka) test('Kafka and its stages outlive kill -9', { skip: kafka.absent })
else {
  after(() => kafka.stop())
  test('kill -9 of stages on Kafka loses nothing, and repeats are recognised by position', () => killsStages(kafka))
  test('kill -9 of the broker loses nothing that was acknowledged, and all go on once it is back', () =>
    killsBroker(kafka))
}

interface World {
  readonly log: Log
  readonly from: string
  readonly to: string
  readonly members: ChildProcess[]
}

/** Two stages copy records, while `work` appends them and does its harm; at the end each is there once, in order. */
async function copies(broker: OwnBroker, name: string, work: (world: World) => Promise<number>): Promise<void> {
  const log = await openKafkaLog({
    brokers: broker.brokers,
    clientId: 'straylight-test',
    replicationFactor: 1,
    log: () => undefined,
  })
  const world: World = { log, from: `from-${name}`, to: `to-${name}`, members: [] }
  try {
    await log.ensureTopics(
      [world.from, world.to].map((each) => ({ ...topic, name: each })),
      partitions,
    )
    world.members.push(startStage(broker, world), startStage(broker, world))
    const sent = await work(world)
    await untilCommitted(world, sent)
    await assertCopied(world, sent)
  } finally {
    await Promise.all(world.members.map(kill))
    await log.close()
  }
}

function startStage(broker: OwnBroker, { from, to }: World): ChildProcess {
  const script = fileURLToPath(new URL('../test-support/copy-stage.ts', import.meta.url))
  return spawn(process.execPath, ['--import', 'tsx', script, broker.brokers.join(','), from, to], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function killsStages(broker: OwnBroker): Promise<void> {
  await copies(broker, 'stages', async (world) => {
    let sent = 0
    for (let round = 0; round < 3; round += 1) {
      sent += await appendFor(world, 1500, sent)
      const victim = world.members.shift()
      assert.ok(victim)
      await kill(victim)
      world.members.push(startStage(broker, world))
    }
    return sent
  })
}

async function killsBroker(broker: OwnBroker): Promise<void> {
  await copies(broker, 'broker', async (world) => {
    const before = await appendFor(world, 2000, 0)
    broker.crash()
    return before + (await appendFor(world, 2000, before))
  })
}

/** Appends numbered records for a while, so that kills fall into work; returns how many. */
async function appendFor({ log, from: name }: World, ms: number, first: number): Promise<number> {
  const deadline = performance.now() + ms
  let next = first
  while (performance.now() < deadline) {
    await log.append(
      Array.from({ length: 10 }, () => {
        const n = next++
        return { topic: name, key: String(n), value: String(n), partition: n % partitions }
      }),
    )
    await sleep(5)
  }
  return next - first
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function untilCommitted({ log, from }: World, sent: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const offsets = await log.committed('straylight-score', from)
    const done = offsets.reduce((sum, { offset }) => sum + offset, 0)
    if (done === sent) return
    assert.ok(performance.now() < deadline, `${done} of ${sent} records are committed`)
    await sleep(100)
  }
}

/** What a reader does: keep the highest source offset, drop what is not above it. Then each is there once, in order. */
async function assertCopied({ log, to }: World, sent: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1) {
    const at = { topic: to, partition }
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
