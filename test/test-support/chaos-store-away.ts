import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { consumerGroupOf } from '@straylight/runtime/process/run-stage'
import { topics } from '@straylight/schemas/topics'
import { Kafka, logLevel } from 'kafkajs'
import type { ChaosCluster } from './chaos-cluster.ts'
import { type ChaosFeed, pairsOfAgents } from './chaos-feed.ts'
import { type ClickhouseFront, startClickhouseFront } from './clickhouse-front.ts'
import { behind } from './cluster-checks.ts'
import { until } from './program.ts'

export interface StoreAwayOptions {
  readonly cluster: ChaosCluster
  readonly log: Log
  readonly brokers: readonly string[]
  readonly feed: ChaosFeed
  readonly folder: string
  readonly seconds: number
  /** After so long without a sign of life a member's partitions go to others. */
  readonly sessionMs: number
  /** Both instances of score die before, so that they have met few agents when the store goes. */
  readonly renew: boolean
  readonly say: (line: string) => void
}

export interface StoreAway {
  /** The store, back again. */
  readonly front: ClickhouseFront
  readonly complaints: readonly string[]
  /** Outages it took, each with what came of it. */
  readonly reported: readonly string[]
}

/** Pairs of agents that share a credential while the store is away: each is a finding and a command. */
const pairs = 40
/** Several checkpoints of each instance, which are written in slices between batches. */
const [busyTurns, busyEvents] = [16, 80]
/** A member that missed its heartbeats has partitions to take over, which waits for the store: then it is tried again. */
const outagesMax = 3

/**
 * Takes the store away, and demands that every command goes out meanwhile: holding a partition does not need the store. Most of
 * the agents that speak then are none that score has met since it took over, so that their profiles are not to be had: they
 * wait alone. Nobody dies meanwhile, since taking over needs the store; where the group gave a member up all the same (a machine that
 * is overloaded), nothing is demanded of that outage, and there is another.
 */
export async function holdStoreAway(options: StoreAwayOptions, front: ClickhouseFront): Promise<StoreAway> {
  const { renew } = options
  const reported: string[] = []
  let store = front
  for (let outage = 1; ; outage++) {
    await prepare(options)
    const { sent, shared, waiting, back } = await oneOutage(options, store)
    store = back
    reported.push(
      `the store was away for ${options.seconds} s: ${sent} of ${pairs} commands went out, ${waiting} records waited for profiles`,
    )
    options.say(reported.at(-1) ?? '')
    if (sent >= pairs) {
      const complaints = renew && waiting === 0 ? ['no agent had to wait for its profile while the store was away'] : []
      return { front: store, complaints, reported }
    }
    if (!shared) return { front: store, complaints: [`${reported.at(-1)}; ${options.cluster.warnings()}`], reported }
    if (outage === outagesMax)
      return { front: store, complaints: [`in ${outage} outages the group gave members up`], reported }
    options.say('the group of score was shared out anew meanwhile: once more')
  }
}

/** All agents are stored, everybody is up, and nothing is left to do. */
async function prepare({ cluster, log, feed, sessionMs, renew }: StoreAwayOptions): Promise<void> {
  const through = async () => {
    await cluster.reap()
    const lags = await Promise.all((['ingest', 'score', 'respond'] as const).map((stage) => behind(log, stage)))
    return lags.every((lag) => lag === 0)
  }
  const done = async (records: readonly NewRecord[]) => {
    await log.append(records)
    await until('ingest has passed them on', async () => (await behind(log, 'ingest')) === 0, 120_000)
    await until('score and respond keep up', through, 120_000)
  }
  await sleep(sessionMs + 2_000)
  await done(pairsThatLend(feed, pairsOfAgents))
  if (!renew) return
  // What is read again after a takeover begins behind them: whoever takes over has not met them.
  for (let turn = 0; turn < busyTurns; turn++) await done(feed.busy(busyEvents))
  for (const member of ['score-1', 'score-2'] as const) await cluster.kill(member)
  await cluster.up()
  await sleep(sessionMs + 2_000)
  // Some records for each instance: it has taken its partitions over when they are done.
  await done([...pairsThatLend(feed, 3), ...feed.busy(16)])
}

const pairsThatLend = (feed: ChaosFeed, count: number): NewRecord[] =>
  Array.from({ length: count }, () => feed.lent()).flat()

async function oneOutage(options: StoreAwayOptions, front: ClickhouseFront) {
  const { cluster, log, feed, folder, seconds, say } = options
  const commands = () => log.endOffset({ topic: topics.revocations.name, partition: 0 })
  const [before, members] = [await commands(), await membersOf(options)]
  say(`the store is away for ${seconds} s`)
  await front.close()
  const away = performance.now()
  await log.append(pairsThatLend(feed, pairs))
  const sent = async () => (await commands()) - before
  const went = async () => (await sent()) >= pairs
  await until('detection and revocation go on', went, Math.max(20_000, seconds * 1_000)).catch(() => undefined)
  await sleep(Math.max(0, seconds * 1_000 - (performance.now() - away)))
  const result = { sent: await sent(), waiting: await behind(log, 'score') }
  const shared = (await membersOf(options)) !== members
  if (result.sent < pairs) say(`${result.sent} of ${pairs} commands; ${cluster.warnings()}`)
  const back = await startClickhouseFront({
    directory: join(folder, 'clickhouse'),
    port: Number(new URL(front.url).port),
  })
  return { ...result, shared, back }
}

/** Ids of the members of the three groups that must go on; an id changes when the group had given its member up. */
async function membersOf({ brokers }: StoreAwayOptions): Promise<string> {
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'chaos-groups', logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const names = (['ingest', 'score', 'respond'] as const).map((name) => consumerGroupOf({ name }))
    const { groups } = await admin.describeGroups(names)
    return JSON.stringify(
      groups.map(({ groupId, members }) => [groupId, members.map(({ memberId }) => memberId).sort()]),
    )
  } finally {
    await admin.disconnect()
  }
}
