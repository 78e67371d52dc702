import { believedExcess, excessesOf } from '@straylight/models/scoring/calibration'
import { sumWithoutProvenance, TransparentSum } from '@straylight/models/scoring/transparent-sum'
import { leftOutRisks, momentsOf } from '@straylight/models/training/fit-model'
import { syntheticHistory } from '@straylight/train/synthetic-history'
import { agentEventOf } from '../history.ts'
import { share } from './figure-text.ts'
import { learntDeployment, sessionMaxima } from './learnt-deployment.ts'

/** Deployments that never were: so many tenants, agents of each, and events in four weeks. */
const shapes = [
  { tenants: 1, agents: 6, events: 750 },
  { tenants: 1, agents: 8, events: 1_500 },
  { tenants: 1, agents: 10, events: 3_000 },
  { tenants: 1, agents: 20, events: 4_000 },
  { tenants: 2, agents: 20, events: 8_000 },
  { tenants: 1, agents: 30, events: 12_000 },
] as const
const seeds = 4

interface Tail {
  readonly sessions: number
  readonly count: number
  /** Mean excess above the upper tenth, in standard deviations of the agents' usual session maxima. */
  readonly mean: number
}

/**
 * What `believedExcess` is made of: the mean excess of each simulated deployment's left-out sessions, how far deployments
 * differ beyond what so few excesses would by chance, and so how many excesses the belief counts as (a gamma prior's, by moments).
 */
export function simulatedTails(say: (sentence: string) => void): string {
  const tails: Tail[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    for (const [at, shape] of shapes.entries()) {
      const tail = tailOf(seed * 100 + at, shape)
      say(`${shape.agents} agents, ${tail.sessions} sessions: mean excess ${share(tail.mean, 2)}`)
      tails.push(tail)
    }
  }
  const { mean, deviation } = momentsOf(tails.map((tail) => tail.mean))
  const byChance = momentsOf(tails.map((tail) => tail.mean ** 2 / tail.count)).mean
  const counts = mean ** 2 / Math.max(1e-3, deviation ** 2 - byChance)
  return [
    `${tails.length} simulated deployments: mean excess ${share(mean, 2)}, spread ${share(deviation, 2)}, of it by chance ${share(Math.sqrt(byChance), 2)}.`,
    `So the belief counts as ${counts.toFixed(1)} excesses. What ships: ${believedExcess.mean}, ${believedExcess.counts}.`,
  ].join('\n')
}

function tailOf(seed: number, { tenants, agents, events: wanted }: (typeof shapes)[number]): Tail {
  const { events } = syntheticHistory(seed, { tenants, agents: [agents, agents], events: wanted })
  const deployment = learntDeployment(events.map(agentEventOf))
  const sum = new TransparentSum(sumWithoutProvenance)
  const maxima = sessionMaxima(deployment, (rows) => rows.map((row) => sum.of(row)))
  const pool = momentsOf(maxima.map(({ maximum }) => maximum))
  const { excesses } = excessesOf(leftOutRisks(maxima, pool))
  return { sessions: maxima.length, count: excesses.length, mean: momentsOf(excesses).mean }
}
