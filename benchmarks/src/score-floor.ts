import { join } from 'node:path'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { Consumer, Log } from '@straylight/runtime/log/log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import type { Stage } from '@straylight/runtime/process/stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { topics } from '@straylight/schemas/topics'
import { createScore } from '@straylight/score/create-score'
import { startKafka } from '@straylight/test/test-support/kafka-broker'
import { Kafka, logLevel } from 'kafkajs'
import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { quantile } from './interleaved.ts'
import { learntFleet } from './learnt-fleet.ts'
import { partitions, teachStage } from './teach-stage.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const eventsOfTurn = 40_000
/** The first turn loads profiles and does not count. */
const turns = 5
const topic = topics.events.name

export const scoreFloor: Benchmark = {
  name: 'score-floor',
  about:
    'The score stage over Apache Kafka against the least that any consumer in Node does: bare kafkajs, and JSON.parse of the very same records. In turns within one run; the clock of a turn starts when its first records are handed over.',
  run: (say) => inTemporaryFolder((folder) => run(folder, say)),
}

async function run(folder: string, say: (sentence: string) => void): Promise<Figure[]> {
  await openTensorBackend('wasm')
  const kafka = await startKafka({ own: true })
  if ('absent' in kafka) throw new Error(kafka.absent)
  const { brokers } = kafka
  const log = await openKafkaLog({ brokers, clientId: 'bench', replicationFactor: 1, log: () => undefined })
  const store = await openStore({ directory: join(folder, 'store') })
  try {
    const fleet = learntFleet((turns + 1) * eventsOfTurn, { events: (turns + 1) * eventsOfTurn + 60_000 })
    await teachStage({ log, store }, fleet)
    const stage = await scoreReader(log, createScore({ log, store }))
    const floor = await floorReader(brokers)
    const taken = { stage: [] as number[], floor: [] as number[] }
    let bytes = 0
    for (let turn = 0; turn <= turns; turn++) {
      const events = fleet.later.slice(turn * eventsOfTurn, (turn + 1) * eventsOfTurn)
      bytes = await append(log, events)
      const runs = [
        async () => taken.stage.push(await stage.read(events.length)),
        async () => taken.floor.push(await floor.read(events.length)),
      ]
      for (const read of turn % 2 === 0 ? runs : runs.reverse()) await read()
    }
    say(`${eventsOfTurn} events a turn of ${Math.round(bytes / eventsOfTurn)} bytes each`)
    await stage.close()
    await floor.close()
    const [stageMs, floorMs] = [quantile(taken.stage.slice(1), 0.5), quantile(taken.floor.slice(1), 0.5)]
    return [
      { name: 'bare_consume_and_parse', value: perSecond(eventsOfTurn, floorMs), unit: 'events/s', better: 'higher' },
      { name: 'score_stage_on_kafka', value: perSecond(eventsOfTurn, stageMs), unit: 'events/s', better: 'higher' },
      {
        name: 'score_stage_share_of_floor',
        value: Math.round((1000 * floorMs) / stageMs) / 1000,
        unit: '×',
        better: 'higher',
        target: 0.5,
      },
    ]
  } finally {
    await store.close()
    await log.close()
    await kafka.stop()
  }
}

async function append(log: Log, events: readonly AgentEvent[]): Promise<number> {
  // Of now, not of the events' time: the broker would take what is older than its retention away in the middle of a turn.
  const records = events.map((event) => ({ topic, key: agentKeyOf(event), value: JSON.stringify(event) }))
  await log.append(records)
  return records.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0)
}

/** Reads the next records of the topic and says how long it took; reads nothing in between. */
interface Reader {
  read(records: number): Promise<number>
  close(): Promise<void>
}

async function scoreReader(log: Log, stage: Stage): Promise<Reader> {
  let consumer: Consumer | undefined
  let startMs: number | undefined
  const observed: Log = {
    ...log,
    subscribe: async (options) => {
      consumer = await log.subscribe(options)
      return consumer
    },
  }
  const timed: Stage = Object.assign(Object.create(stage) as Stage, {
    process: (batches: Parameters<Stage['process']>[0]) => {
      startMs ??= performance.now()
      return stage.process(batches)
    },
  })
  const runner = await openStageRunner(timed, observed, { waitMs: 200 })
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const judge = async (records: number) => {
    for (let done = 0; done < records; ) done += await runner.step()
  }
  // The markers that switch knowledge on, of two topics.
  await judge(2 * partitions)
  consumer?.pause(all)
  return {
    async read(records) {
      startMs = undefined
      consumer?.resume(all)
      await judge(records)
      const endMs = performance.now()
      consumer?.pause(all)
      return endMs - (startMs ?? endMs)
    },
    close: () => runner.close(),
  }
}

async function floorReader(brokers: string[]): Promise<Reader> {
  const kafka = new Kafka({ brokers, clientId: 'floor', logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: 'floor', maxWaitTimeInMs: 250 })
  let startMs: number | undefined
  let left = partitions
  let arrived: () => void = () => undefined
  const arrival = () =>
    new Promise<void>((resolve) => {
      arrived = resolve
    })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const markers = arrival()
  await consumer.run({
    eachBatch: async ({ batch }) => {
      startMs ??= performance.now()
      for (const { value } of batch.messages) JSON.parse(value?.toString() ?? '')
      left -= batch.messages.length
      if (left <= 0) arrived()
    },
  })
  await markers
  consumer.pause([{ topic }])
  return {
    async read(records) {
      left = records
      startMs = undefined
      const all = arrival()
      consumer.resume([{ topic }])
      await all
      const endMs = performance.now()
      consumer.pause([{ topic }])
      return endMs - (startMs ?? endMs)
    },
    close: () => consumer.disconnect(),
  }
}
