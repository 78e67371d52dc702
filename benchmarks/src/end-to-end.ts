import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NewRecord } from '@straylight/runtime/log/log'
import { dayMs } from '@straylight/schemas/duration'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { topics } from '@straylight/schemas/topics'
import type { SyntheticEvent } from '@straylight/train/synthetic-history'
import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { Cluster, stages } from './cluster.ts'
import { type CommandLatency, commandLatencies } from './command-latencies.ts'
import { daysAgo, fleetDays } from './fleet-day.ts'
import { agentEventOf } from './history.ts'
import { quantile } from './interleaved.ts'
import { ParseBeside } from './parse-beside.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const tenants = 40
/** The latency run lasts as long as it takes for score to write a checkpoint, and a day to end, in the middle of it. */
const latencyEvents = 70_000

export const endToEnd: Benchmark = {
  name: 'end-to-end',
  about:
    'A cluster on this machine: Apache Kafka, the store behind HTTP and each stage a process of its own, with the broker on all cores there are; baseline and the store give way to the others (nice 10). The topic is filled, then ingest starts; the clock runs from its first commit until every event is judged and answered, and until it is stored as well. Then events come at half that rate, with checkpoints and a switch of knowledge in between, and the time from an event to its signed revocation command is taken where brokers read it, and at the steps before it: its event and its finding, where they are read. Processor time by part says what one event costs; in all, as a multiple of what JSON.parse of an event takes beside them.',
  run: (say) => inTemporaryFolder((folder) => run(folder, say)),
}

async function run(folder: string, say: (sentence: string) => void): Promise<Figure[]> {
  const history = fleetDays('history', { tenants, days: 4, startMs: daysAgo(9), events: 40_000 })
  const day = fleetDays('day', { tenants, days: 1, startMs: daysAgo(5), events: 90_000 })
  const next = fleetDays('next', { tenants, days: 1, startMs: daysAgo(4) + dayMs / 2, events: 200_000 })
  const cluster = await Cluster.open(folder, history.agents, { profiles: process.env.BENCH_PROFILES })
  try {
    await cluster.learn(history.events.map(agentEventOf))
    const { first, rest } = firstSessions(day.events)
    say(`${history.events.length} events learnt, ${rest.length} to run, ${history.agents.length} agents`)
    for (const stage of ['baseline', 'score', 'respond'] as const) await cluster.start(stage)
    await warm(cluster, first)
    const flow = await throughput(cluster, rest, say)
    // Versions are compared at one rate, whatever else the machine has to do.
    const rate = Number(process.env.BENCH_RATE ?? Math.round(flow.answered / 2))
    const used = cluster.processorTimes()
    const latencies = await commandLatencies(cluster, next.events.slice(-latencyEvents), rate)
    const latency = { latencies, cost: costOf(cluster, used, latencyEvents) }
    // Medians of nothing would be no figures, and a policy that revokes nothing would look like one that is fast.
    if (latencies.length === 0)
      throw new Error('no command came: the policy of this benchmark revokes nothing any more')
    say(
      `${latencies.length} commands at ${rate} events/s; load average ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}`,
    )
    for (const stage of stages) await cluster.stop(stage)
    return figuresOf(flow, latency, rate)
  } finally {
    await cluster.close()
  }
}

/** Each agent's first session of the day, so that every profile is loaded and every clock known, and what comes after them. */
export function firstSessions(events: readonly SyntheticEvent[]): { first: SyntheticEvent[]; rest: SyntheticEvent[] } {
  const sessions = new Map<string, string | null | undefined>()
  for (const { tenant, agent, session } of events) {
    const key = partitionKeyOf(tenant, agent)
    if (!sessions.has(key)) sessions.set(key, session)
  }
  const isFirst = ({ tenant, agent, session }: SyntheticEvent) =>
    sessions.get(partitionKeyOf(tenant, agent)) === session
  return { first: events.filter(isFirst), rest: events.filter((event) => !isFirst(event)) }
}

/** Compiled code, loaded profiles and joined groups are no part of what is measured. */
async function warm(cluster: Cluster, events: readonly SyntheticEvent[]): Promise<void> {
  await cluster.log.append(auditRecords(events))
  await cluster.start('ingest')
  for (const stage of ['ingest', 'score', 'respond', 'baseline'] as const) await drained(cluster, stage)
  await cluster.stop('ingest')
}

interface Flow {
  /** Events a second until all were judged and answered. */
  readonly answered: number
  /** Events a second until all were stored too. */
  readonly stored: number
  /** Microseconds of processor that JSON.parse of one event takes, meanwhile. */
  readonly parse: number
  /** Microseconds of processor an event, by part. */
  readonly cost: readonly (readonly [part: string, microseconds: number])[]
}

async function throughput(
  cluster: Cluster,
  events: readonly SyntheticEvent[],
  say: (sentence: string) => void,
): Promise<Flow> {
  const before = await cluster.done('ingest')
  await cluster.log.append(auditRecords(events))
  await cluster.start('ingest')
  let first = before
  while (first === before) first = await cluster.done('ingest')
  const startMs = performance.now()
  // From here on, so that starting a process and compiling its code is no event's cost.
  const used = cluster.processorTimes()
  const left = events.length - (first - before)
  const parse = new ParseBeside(events)
  for (const stage of ['ingest', 'score', 'respond'] as const) {
    await drained(cluster, stage, parse)
    say(`${stage} is through after ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
  }
  const answered = perSecond(left, performance.now() - startMs)
  await drained(cluster, 'baseline', parse)
  const stored = perSecond(left, performance.now() - startMs)
  const cost = costOf(cluster, used, left)
  say(
    `load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )
  return { answered, stored, cost, parse: parse.microseconds() }
}

/** Microseconds that each part has used since, for each of so many events. */
export function costOf(cluster: Cluster, used: ReturnType<Cluster['processorTimes']>, events: number): Flow['cost'] {
  return Object.entries(cluster.processorTimes()).map(
    ([part, ms]) => [part, Math.round((1000 * (ms - (used[part as keyof typeof used] ?? 0))) / events)] as const,
  )
}

export async function drained(cluster: Cluster, stage: (typeof stages)[number], parse?: ParseBeside): Promise<void> {
  while ((await cluster.behind(stage)) > 0) {
    parse?.parseSome()
    await sleep(200)
  }
}

export const auditRecords = (events: readonly SyntheticEvent[]): NewRecord[] =>
  events.map((event) => ({ topic: topics.audit.name, key: event.agent, value: JSON.stringify(event) }))

const round = (value: number): number => Math.round(value * 10) / 10

function figuresOf(
  { answered, stored, cost, parse }: Flow,
  { latencies, cost: liveCost }: { latencies: readonly CommandLatency[]; cost: Flow['cost'] },
  rate: number,
): Figure[] {
  const ms = (of: (latency: CommandLatency) => number, share: number) => round(quantile(latencies.map(of), share))
  const inAll = cost.reduce((sum, [, value]) => sum + value, 0)
  const step = (name: string, of: (latency: CommandLatency) => number): Figure[] => [
    { name: `${name}_p50`, value: ms(of, 0.5), unit: 'ms', better: 'lower' },
    { name: `${name}_p99`, value: ms(of, 0.99), unit: 'ms', better: 'lower' },
  ]
  return [
    { name: 'events_judged_and_answered', value: answered, unit: 'events/s', better: 'higher', target: 20_000 },
    { name: 'events_judged_answered_and_stored', value: stored, unit: 'events/s', better: 'higher' },
    ...cost.map(([part, value]): Figure => ({ name: `processor_${part}`, value, unit: 'µs/event', better: 'lower' })),
    { name: 'processor_in_all', value: inAll, unit: 'µs/event', better: 'lower' },
    { name: 'processor_of_a_parse', value: round(parse), unit: 'µs/event', better: 'lower' },
    { name: 'processor_over_a_parse', value: round(inAll / parse), unit: '×', better: 'lower', target: 60 },
    { name: 'rate_of_the_latency_run', value: rate, unit: 'events/s', better: 'higher' },
    ...liveCost.map(
      ([part, value]): Figure => ({ name: `live_processor_${part}`, value, unit: 'µs/event', better: 'lower' }),
    ),
    { name: 'commands_measured', value: latencies.length, unit: 'commands', better: 'higher' },
    {
      name: 'event_to_command_p50',
      value: ms(({ command }) => command, 0.5),
      unit: 'ms',
      better: 'lower',
      target: 60,
    },
    {
      name: 'event_to_command_p99',
      value: ms(({ command }) => command, 0.99),
      unit: 'ms',
      better: 'lower',
      target: 250,
    },
    ...step('step_audit_to_event', ({ event }) => event),
    ...step('step_event_to_finding', ({ event, finding }) => finding - event),
    ...step('step_finding_to_command', ({ finding, command }) => command - finding),
  ]
}
