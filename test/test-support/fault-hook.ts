import { listenAtFaultPoints } from '@straylight/runtime/process/fault-point'

/**
 * Loaded before the program (`--import`), in tests alone. FAULT_STEP: the step or call of a stage at which FAULT_KIND happens: `throw`,
 * `hang` (for good), `reject` (a promise that nobody waits for) or `block` (the loop stands still for a second). FAULT_HOLD: a step
 * that is held back until the fault has happened.
 */
const { FAULT_STEP, FAULT_KIND = 'throw', FAULT_HOLD } = process.env

let onFault = () => {}
const happened = new Promise<void>((resolve) => {
  onFault = resolve
})

listenAtFaultPoints(async (step) => {
  if (step === FAULT_HOLD) await happened.then(() => new Promise((go) => setTimeout(go, 300)))
  if (step !== FAULT_STEP) return
  process.stderr.write(`fault: ${FAULT_KIND} at ${step}\n`)
  setImmediate(onFault)
  if (FAULT_KIND === 'throw') throw new Error('a fault of the test')
  // With something that still runs, as whatever hangs in earnest: a loop that ran dry would end by itself.
  if (FAULT_KIND === 'hang') await new Promise(() => setInterval(() => undefined, 1_000))
  if (FAULT_KIND === 'reject') void Promise.reject(new Error('a fault of the test'))
  if (FAULT_KIND === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
})
