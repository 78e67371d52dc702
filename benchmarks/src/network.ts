import { features } from '@straylight/models/features/feature'
import type { Network } from '@straylight/models/scoring/network'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { seededRandom } from '@straylight/models/training/seeded-random'
import { trainNetwork } from '@straylight/models/training/train-network'
import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { interleaved } from './interleaved.ts'

const batchSizes = [1, 16, 64, 256, 1024] as const
/** Calls of one turn at each batch size: some 50 ms each. */
const callsOfTurn = { 1: 1000, 16: 800, 64: 500, 256: 200, 1024: 60 } as const

const training = { rows: 30_000, epochs: 12 }

export const network: Benchmark = {
  name: 'network',
  about:
    'The TensorFlow.js network on wasm: rows scored a second at the batch sizes that occur (one lone event up to a full poll), features in to logits out; and one fit of the size that `straylight train` makes.',
  async run(say) {
    const backend = await openTensorBackend('wasm')
    say(backend.description)
    const inputs = features.length
    const fitted = await fit(inputs)
    const x = new Float32Array(1024 * inputs).map((_, at) => (at % 17) / 17)
    const versions = Object.fromEntries(batchSizes.map((rows) => [rows, () => predictOften(fitted.network, x, rows)]))
    const taken = await interleaved(versions, 9)
    const figures = batchSizes.map((rows): Figure => {
      const value = perSecond(callsOfTurn[rows] * rows, taken[rows] ?? Number.NaN)
      return { name: `wasm_rows_per_second_batch_${rows}`, value, unit: 'rows/s', better: 'higher' }
    })
    return [...figures, { name: 'fit_30k_rows_12_epochs', value: fitted.seconds, unit: 's', better: 'lower' }]
  },
}

function predictOften(network: Network, x: Float32Array, rows: (typeof batchSizes)[number]): void {
  const batch = x.subarray(0, rows * network.inputs)
  for (let call = 0; call < callsOfTurn[rows]; call++) network.predict(batch, rows)
}

async function fit(inputs: number): Promise<{ network: Network; seconds: number }> {
  const { rows, epochs } = training
  const random = seededRandom(1)
  const x = new Float32Array(rows * inputs).map(() => random.next())
  const y = new Float32Array(rows).map(() => random.below(2))
  const monotone = features.map(({ kind }) => kind !== 'circumstance')
  const start = performance.now()
  const network = await trainNetwork({
    x,
    y,
    rows,
    inputs,
    monotone,
    epochs,
    seed: 1,
    batchSize: 256,
    learningRate: 4e-3,
  })
  return { network, seconds: Math.round((performance.now() - start) / 10) / 100 }
}
