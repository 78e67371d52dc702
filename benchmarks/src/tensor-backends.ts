import { Network } from '@straylight/models/scoring/network'
import {
  openTensorBackend,
  type TensorBackendChoice,
  TensorBackendError,
} from '@straylight/models/scoring/tensor-backend'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { interleaved } from './interleaved.ts'

/** One lone event, a few that came together, a small poll, a larger one, and the most rows of one call. */
const batchSizes = [1, 8, 64, 512, 4096] as const
/** Calls of one turn at each batch size: some 10 to 100 ms each. */
const callsOfTurn = { 1: 500, 8: 500, 64: 300, 512: 80, 4096: 10 } as const
const choices: readonly TensorBackendChoice[] = ['wasm', 'native', 'cpu']

type Version = `${TensorBackendChoice}_${number}`

export const tensorBackends: Benchmark = {
  name: 'tensor-backends',
  about:
    "The network of the model that ships on each TensorFlow.js backend, in turns in one process: rows scored a second, features in to logits out. wasm and native are the choices of STRAYLIGHT_TENSORFLOW, cpu (plain JavaScript) is there to compare. Native's rows need `npm run native` first.",
  async run(say) {
    const { net } = await readArtifact()
    if (!net) throw new Error('the model that ships has no network to measure')
    const networks = await networksOn(say, () => Network.fromArtifact(net.layers))
    const versions: Record<Version, () => void> = {}
    for (const [choice, network] of networks) {
      const x = new Float32Array(4096 * network.inputs).map((_, at) => (at % 17) / 17)
      for (const rows of batchSizes) versions[`${choice}_${rows}`] = () => predictOften(network, x, rows)
    }
    // TensorFlow.js computes on one backend at a time; changing it is no part of what is timed.
    const before = (version: Version) => openTensorBackend(version.split('_')[0] as TensorBackendChoice)
    return figuresOf(await interleaved(versions, 9, before), networks.has('native'))
  },
}

/** A network for each backend that computes here, its numbers where that backend holds them. */
async function networksOn(
  say: (sentence: string) => void,
  network: () => Network,
): Promise<ReadonlyMap<TensorBackendChoice, Network>> {
  const networks = new Map<TensorBackendChoice, Network>()
  for (const choice of choices) {
    try {
      say((await openTensorBackend(choice)).description)
      networks.set(choice, network())
    } catch (error) {
      if (!(error instanceof TensorBackendError) || choice !== 'native') throw error
      say(`left out: ${error.message}`)
    }
  }
  return networks
}

function predictOften(network: Network, x: Float32Array, rows: (typeof batchSizes)[number]): void {
  const batch = x.subarray(0, rows * network.inputs)
  for (let call = 0; call < callsOfTurn[rows]; call++) network.predict(batch, rows)
}

function figuresOf(taken: Readonly<Record<Version, number>>, native: boolean): Figure[] {
  const time = (choice: TensorBackendChoice, rows: number) => taken[`${choice}_${rows}`] ?? Number.NaN
  const rates = choices
    .filter((choice) => choice !== 'native' || native)
    .flatMap((choice) =>
      batchSizes.map((rows): Figure => {
        const value = perSecond(callsOfTurn[rows] * rows, time(choice, rows))
        return { name: `${choice}_rows_per_second_batch_${rows}`, value, unit: 'rows/s', better: 'higher' }
      }),
    )
  if (!native) return rates
  const ratios = batchSizes.map((rows): Figure => {
    const value = Math.round((time('native', rows) / time('wasm', rows)) * 100) / 100
    return { name: `wasm_against_native_batch_${rows}`, value, unit: '×', better: 'higher' }
  })
  return [...rates, ...ratios]
}
