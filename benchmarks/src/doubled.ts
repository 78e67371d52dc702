import type { Benchmark, Figure } from './benchmark.ts'
import { Cluster, stages } from './cluster.ts'
import { auditRecords, costOf, drained, firstSessions } from './end-to-end.ts'
import { daysAgo, fleetDays } from './fleet-day.ts'
import { agentEventOf } from './history.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const tenants = 40
const partitions = 4
/** How much more an event may cost. */
const dearerMax = 1.1

export const doubled: Benchmark = {
  name: 'doubled',
  about:
    'Whether it scales by adding, as far as one machine can show: the same events by a cluster of one instance a stage, and by one of twice the partitions and two instances each of ingest, baseline and score (one respond acts, whatever there is). Every process has run and every profile is loaded before the events come; what is compared is processor time an event, all parts together, on the same processors.',
  run: async (say) => {
    const single = await cost(1, say)
    const twice = await cost(2, say)
    const inAll = (parts: Cost) => parts.reduce((sum, [, value]) => sum + value, 0)
    return [
      ...figures('single', single),
      ...figures('doubled', twice),
      {
        name: 'doubled_over_single',
        value: Math.round((100 * inAll(twice)) / inAll(single)) / 100,
        unit: '×',
        better: 'lower',
        target: dearerMax,
      },
    ]
  },
}

type Cost = ReturnType<typeof costOf>

const figures = (name: string, cost: Cost): Figure[] =>
  cost.map(([part, value]) => ({ name: `${name}_processor_${part}`, value, unit: 'µs/event', better: 'lower' }))

/** Microseconds of processor an event, by part, with so many times the partitions and instances. */
function cost(times: number, say: (sentence: string) => void): Promise<Cost> {
  return inTemporaryFolder(async (folder) => {
    const history = fleetDays('history', { tenants, days: 4, startMs: daysAgo(9), events: 20_000 })
    const day = fleetDays('day', { tenants, days: 1, startMs: daysAgo(5), events: 90_000 })
    const cluster = await Cluster.open(folder, history.agents, { partitions: times * partitions })
    try {
      await cluster.learn(history.events.map(agentEventOf))
      for (const stage of stages) await cluster.start(stage, stage === 'respond' ? 1 : times)
      const { first, rest } = firstSessions(day.events)
      const run = async (events: typeof rest) => {
        await cluster.log.append(auditRecords(events))
        for (const stage of ['ingest', 'score', 'respond', 'baseline'] as const) await drained(cluster, stage)
      }
      await run(first)
      const used = cluster.processorTimes()
      await run(rest)
      const parts = costOf(cluster, used, rest.length)
      say(`${times} instances of a stage: ${parts.map(([part, value]) => `${part} ${value} µs`).join(', ')}`)
      for (const stage of stages) await cluster.stop(stage)
      return parts
    } finally {
      await cluster.close()
    }
  })
}
