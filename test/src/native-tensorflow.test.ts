import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Network } from '@straylight/models/scoring/network'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { seededRandom } from '@straylight/models/training/seeded-random'
import { trainNetwork } from '@straylight/models/training/train-network'
import { ModelArtifact } from '@straylight/schemas/model-artifact'
import { defaultArtifactPath } from 'straylight/deployment/read-artifact'
import { fleetRecords } from '../test-support/fleet-records.ts'
import { builtNative } from '../test-support/native-tensorflow.ts'
import { replayed } from '../test-support/replayed.ts'

// Native TensorFlow is built from the registries' packages and computes what wasm computes. Where it can't be built, the
// tests are skipped with the reason; where CI=true, that is a failure.

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const native = await builtNative()
const skip = 'absent' in native ? native.absent : false
const { net } = ModelArtifact.parse(JSON.parse(await readFile(defaultArtifactPath, 'utf8')))
assert.ok(net, 'the model that ships has a network')

const random = seededRandom(11)
const rows = 4096
/** Deviations as they are: most of them nothing, some of them large. */
const x = new Float32Array(rows * net.layers[0]!.inputs).map(() => (random.next() < 0.6 ? 0 : 4 * random.next()))
const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, at) => Math.abs(value - b[at]!)).reduce((most, gap) => Math.max(most, gap), 0)

before(() => {
  // As Node 23 and later are: the binding asks for both at almost every operation.
  const util: Record<string, unknown> = createRequire(import.meta.url)('node:util')
  delete util.isArray
  delete util.isNullOrUndefined
})

test('native computes the logits of the model that ships as wasm does, to 1e-5, in batches of any size', {
  skip,
}, async () => {
  await openTensorBackend('wasm')
  const expected = Network.fromArtifact(net.layers).predict(x, rows)
  const { name, description } = await openTensorBackend('native')
  assert.equal(name, 'native')
  assert.match(description, /native; bits may differ/)
  const network = Network.fromArtifact(net.layers)
  for (const size of [1, 8, 64, 512, 4096]) {
    const found = new Float32Array(rows)
    for (let from = 0; from < rows; from += size)
      found.set(network.predict(x.subarray(from * network.inputs, (from + size) * network.inputs), size), from)
    const gap = largestGap(found, expected)
    assert.ok(gap < 1e-5, `batches of ${size} differ by ${gap}`)
  }
  assert.ok(new Set(expected).size > rows / 2, 'the rows are not all alike')
})

test('a network trained on native is the one that wasm trains, but for rounding', { skip }, async () => {
  const inputs = 6
  const features = new Float32Array(512 * inputs).map(() => random.next())
  const labels = new Float32Array(512).map((_, row) => (features[row * inputs]! > 0.5 ? 1 : 0))
  const given = { x: features, y: labels, rows: 512, inputs, monotone: [false, false, false, false, false, false] }
  const settings = { epochs: 4, seed: 3, batchSize: 64, learningRate: 4e-3 }
  const logits: Float32Array[] = []
  for (const choice of ['wasm', 'native'] as const) {
    await openTensorBackend(choice)
    logits.push((await trainNetwork({ ...given, ...settings })).predict(features, 512))
  }
  assert.ok(largestGap(logits[0]!, logits[1]!) < 1e-3)
})

test('a replay on native finds what it finds on wasm, with the same scores to 1e-5', { skip }, async () => {
  const { registry, history, work } = fleetRecords({
    seed: 4,
    until: Date.parse('2026-03-12T15:00:00Z'),
    historyDays: 3,
  })
  const folder = await mkdtemp(join(tmpdir(), 'straylight-native-'))
  try {
    const lines = (events: readonly object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('')
    await writeFile(join(folder, 'history.ndjson'), lines(history))
    await writeFile(join(folder, 'work.ndjson'), lines(work))
    const input = { files: [join(folder, 'work.ndjson')], history: [join(folder, 'history.ndjson')], registry }
    const onWasm = await replayed(input)
    const onNative = await replayed({ ...input, backend: 'native' })
    const read = (line: string) => JSON.parse(line) as { event_id: string; score: number }
    const scores = onWasm.scores.map(read)
    assert.ok(scores.length > 500 && onWasm.findings.length > 0)
    assert.deepEqual(
      onNative.scores.map((line) => read(line).event_id),
      scores.map(({ event_id }) => event_id),
    )
    const gap = largestGap(
      onNative.scores.map((line) => read(line).score),
      scores.map(({ score }) => score),
    )
    assert.ok(gap < 1e-5, `a score differs by ${gap}`)
    const events = (findings: readonly string[]) => findings.map((line) => read(line).event_id)
    assert.deepEqual(events(onNative.findings), events(onWasm.findings))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('what is built is built once, and the benchmark has its rows', { skip }, async () => {
  const again = await builtNative()
  assert.ok('said' in again)
  assert.match(again.said, /already built/)
  const bench = ['--import', 'tsx', 'benchmarks/src/main.ts', 'tensor-backends', '--json']
  const { stdout, stderr } = await run(process.execPath, bench, { cwd: root })
  process.stdout.write(stderr)
  const { figures } = JSON.parse(stdout) as { figures: { name: string; value: number }[] }
  const measured = figures.filter(({ name, value }) => name.startsWith('native_') && value > 0)
  assert.equal(measured.length, 5)
})

test('without registry and without wheel it says so and fails', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'straylight-native-'))
  try {
    const away = { PIP_INDEX_URL: 'http://127.0.0.1:9/', PIP_RETRIES: '0', PIP_FIND_LINKS: '', PIP_EXTRA_INDEX_URL: '' }
    const command = ['--import', 'tsx', 'models/native/build.ts', '--force', '--cache', cache]
    const failed = run(process.execPath, command, { cwd: root, env: { ...process.env, ...away } })
    await assert.rejects(failed, (error: { code?: number; stderr?: string }) => {
      assert.equal(error.code, 1)
      assert.match(error.stderr ?? '', /did not come from the Python registry|missing on this machine|linux x64 only/)
      return true
    })
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
})
