import { hashedKeys } from '@straylight/models/event/event-keys'
import { type EventShape, eventShape } from '@straylight/models/event/event-shape'
import { Comparison } from '@straylight/models/features/comparison'
import { deviationOf } from '@straylight/models/features/deviation'
import { DeviationRows } from '@straylight/models/features/deviation-rows'
import { features } from '@straylight/models/features/feature'
import { SharedCounts } from '@straylight/models/peers/shared-level'
import { dayOf, dayWeight } from '@straylight/models/profile/day-weight'
import { Profile } from '@straylight/models/profile/profile'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { networkInput, TransparentSum } from '@straylight/models/scoring/transparent-sum'
import { followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import { agentKeyOf, groupKeyOf } from '@straylight/models/training/learn-history'
import { seededRandom } from '@straylight/models/training/seeded-random'
import { trainNetwork } from '@straylight/models/training/train-network'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { interleaved } from './interleaved.ts'
import { type LearntFleet, learntFleet, profileKey } from './learnt-fleet.ts'

const learntEvents = 40_000
const scoredEvents = 10_000
/** As many rows as a poll of some partitions brings. */
const batchRows = 256

const hasher = new ProfileKeyHasher(profileKey)

export const scoring: Benchmark = {
  name: 'scoring',
  about:
    "What scoring an event costs without log and store: its shape and hashed keys, the comparison with three levels, the network in batches of 256, the fold into its agent's profile; in turns with bare JSON.parse of the same events' lines.",
  async run(say) {
    await openTensorBackend('wasm')
    const { fleet, events, comparisons } = prepared()
    say(`${fleet.past.length} events learnt, ${events.length} scored a turn`)
    const versions = { ...partsOf(events, comparisons), network: await networkPart(comparisons) }
    const taken = await interleaved(versions, 7)
    const whole = taken.shape + taken.compare + taken.network + taken.fold
    const rate = (name: string, milliseconds: number): Figure => {
      return { name, value: perSecond(events.length, milliseconds), unit: 'events/s', better: 'higher' }
    }
    return [
      rate('bare_json_parse', taken.parse),
      rate('shape_and_keys', taken.shape),
      rate('compare_three_levels', taken.compare),
      rate('network_batches_of_256', taken.network),
      rate('fold', taken.fold),
      rate('scoring_whole', whole),
      { name: 'scoring_share_of_bare_parse', value: round(taken.parse / whole), unit: '×', better: 'higher' },
    ]
  },
}

const round = (ratio: number): number => Math.round(ratio * 1000) / 1000

interface Prepared {
  readonly fleet: LearntFleet
  readonly events: readonly AgentEvent[]
  readonly comparisons: readonly Comparison[]
}

/** The later events held against what the earlier ones taught. */
function prepared(): Prepared {
  const fleet = learntFleet(scoredEvents, { events: learntEvents + scoredEvents })
  const { history, groups, hasher, originDay } = fleet
  const empty = new SharedCounts()
  const comparisons = fleet.later.map((event) => {
    const key = agentKeyOf(event)
    const profile = history.profiles.get(key) ?? new Profile()
    return new Comparison({
      shape: eventShape(event, followSession(profile.clock, event).order),
      profile,
      peers: history.levels.get(groupKeyOf(event.tenant, groups.get(key) ?? key)) ?? empty,
      tenant: history.levels.get(groupKeyOf(event.tenant, '*')) ?? empty,
      scale: 1 / dayWeight(dayOf(event.time), originDay),
      hasher,
    })
  })
  return { fleet, events: fleet.later, comparisons }
}

function partsOf(events: readonly AgentEvent[], comparisons: readonly Comparison[]) {
  const lines = events.map((event) => JSON.stringify(event))
  const sum = new TransparentSum()
  const rows = new DeviationRows()
  const keys = comparisons.map(({ shape }) => keysOf(shape))
  const day = dayOf(events[0]?.time ?? 0)
  return {
    parse: () => lines.forEach((line) => void JSON.parse(line)),
    shape: () => {
      const clock = newAgentClock()
      for (const event of events) keysOf(eventShape(event, followSession(clock, event).order))
    },
    compare: () => comparisons.forEach((comparison) => void sum.of(deviationOf(comparison, rows.next()))),
    fold: () => {
      const profiles = new Map<string, Profile>()
      for (const [at, event] of events.entries()) {
        const profile = profiles.get(event.agent) ?? new Profile()
        profiles.set(event.agent, profile)
        profile.fold(keys[at] ?? [], dayWeight(day, day), event.time)
      }
    },
  }
}

const keysOf = (shape: EventShape) => hashedKeys(hasher, shape)

/** What the network computes does not change what it costs: any fit of the right shape will do. */
async function networkPart(comparisons: readonly Comparison[]): Promise<() => void> {
  const inputs = features.length
  const deviations = comparisons.map((comparison) => deviationOf(comparison))
  const random = seededRandom(1)
  const rows = 64
  const network = await trainNetwork({
    x: new Float32Array(rows * inputs).map(() => random.next()),
    y: new Float32Array(rows).map(() => random.below(2)),
    rows,
    inputs,
    monotone: features.map(({ kind }) => kind !== 'circumstance'),
    seed: 1,
    epochs: 1,
    batchSize: rows,
    learningRate: 0.004,
  })
  return () => {
    for (let from = 0; from < deviations.length; from += batchRows) {
      const batch = deviations.slice(from, from + batchRows)
      const x = new Float32Array(batch.length * inputs)
      for (const [row, deviation] of batch.entries()) networkInput(deviation, x, row)
      network.predict(x, batch.length)
    }
  }
}
