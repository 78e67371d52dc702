import { StraylightError } from '@straylight/schemas/straylight-error'
import * as tf from '@tensorflow/tfjs-core'
import { loadNativeTensorflow } from './native-tensorflow.ts'

/** Which engine runs TensorFlow.js: `wasm` is always there and scores by default, `native` only where it was built. */
export type TensorBackendChoice = 'wasm' | 'native' | 'cpu'

export interface TensorBackend {
  readonly name: TensorBackendChoice
  /** For the start-up log: which engine runs, and whether it gives the same bits however a batch was cut. */
  readonly description: string
}

/** The chosen backend cannot compute here. No other one is tried: scores must not change engines silently. */
export class TensorBackendError extends StraylightError {
  override readonly name = 'TensorBackendError'
  override readonly code = 'tensor_backend'
}

/**
 * Makes the chosen backend TensorFlow.js's one (it has one a process) and proves it by a computation.
 * The only I/O in this package: wasm's binary comes from node_modules, nothing from the network.
 * @throws TensorBackendError when it cannot be loaded or computes wrongly.
 */
export async function openTensorBackend(choice: TensorBackendChoice): Promise<TensorBackend> {
  const listenersBefore = fatalListeners()
  try {
    // First, so that a second copy of tfjs-core, which the native binding brings, sets itself up without a word.
    tf.enableProdMode()
    await loaders[choice]()
    if (!(await tf.setBackend(engineNames[choice]))) throw new Error(`it did not register as ${engineNames[choice]}`)
    await tf.ready()
    probe()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim().split('\n')[0] : String(cause)
    throw new TensorBackendError(`TensorFlow.js backend '${choice}' cannot be used: ${reason}. ${mends[choice]}`, {
      cause,
    })
  } finally {
    dropRethrowers(listenersBefore)
  }
  return { name: choice, description: describe(choice) }
}

const engineNames = { wasm: 'wasm', native: 'tensorflow', cpu: 'cpu' } as const

const loaders: Record<TensorBackendChoice, () => unknown> = {
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  native: loadNativeTensorflow,
}

const mends: Record<TensorBackendChoice, string> = {
  wasm: 'Run `npm ci` again: @tensorflow/tfjs-backend-wasm in node_modules is missing or damaged.',
  cpu: 'Run `npm ci` again: @tensorflow/tfjs-backend-cpu in node_modules is missing or damaged.',
  native: "Run `npm run native`, which builds @tensorflow/tfjs-node on this machine, or choose 'wasm'.",
}

const fatalEvents = ['uncaughtException', 'unhandledRejection'] as const
const fatalListeners = () => fatalEvents.map((event) => process.rawListeners(event))

/**
 * Emscripten's loader of the wasm engine listens to fatal errors only to throw them again, which would pre-empt the
 * process's own last words and prints the whole minified loader. Only what came since, and only what rethrows, goes.
 */
function dropRethrowers(before: readonly (readonly unknown[])[]): void {
  for (const [at, event] of fatalEvents.entries()) {
    for (const listener of process.rawListeners(event)) {
      if (before[at]?.includes(listener) || !/throw (ex|reason)/.test(String(listener))) continue
      process.off(event, listener as () => void)
    }
  }
}

/** Loading proves little (on Node 23 the native binding loads and can't compute): only a product that comes out right does. */
function probe(): void {
  const product = tf.tidy(() => {
    const square = tf.tensor2d([1, 2, 3, 4], [2, 2])
    return tf.relu(tf.matMul(square, square)).dataSync()
  })
  if (product.join() !== '7,10,15,22') throw new Error(`a 2 by 2 product came out as ${product.join()}`)
}

function describe(choice: TensorBackendChoice): string {
  const version = `TensorFlow.js ${tf.version_core}`
  if (choice === 'native') return `${version}, native; bits may differ by 1e-7 with the batch's size`
  if (choice === 'cpu') return `${version}, plain JavaScript; same bits for any batch`
  const simd = tf.env().getBool('WASM_HAS_SIMD_SUPPORT') ? 'SIMD' : 'no SIMD on this machine'
  return `${version}, wasm (${simd}); same bits for any batch`
}
