import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { noBrokerVariable, sharedBrokerVariable, startKafka } from './kafka-broker.ts'
import { sharedProcesses } from './shared-processes.ts'
import { testFiles } from './test-files.ts'
import { leftToCi, needsKafka } from './test-suites.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const everything = process.env.CI === 'true'

/**
 * The tests of `npm test`: `run-tests.ts [--here] [--watch] [PART OF A PATH…]` runs the quick suite, all tests where
 * CI=true, or those in files whose path contains a given part, whatever they need. `--here`: of the package that it is
 * called in. Small files of a package share a process. Files that need Kafka run after the others, one at a time; one Kafka serves
 * them. Node's own summary is what ends the output.
 */
async function main(): Promise<number> {
  const { values, positionals: parts } = parseArgs({
    options: { here: { type: 'boolean', default: false }, watch: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const here = values.here ? `${relative(root, process.cwd())}/` : ''
  const found = (await testFiles(root, parts)).filter((file) => file.startsWith(here))
  const left = everything || parts.length > 0 ? [] : leftToCi.flatMap(({ files }) => files)
  const files = found.filter((file) => !left.includes(file))
  if (files.length === 0) {
    process.stderr.write(`no test file matches ${parts.join(' or ') || `${here}**/src/**/*.test.ts`}\n`)
    return 2
  }
  const plain = files.filter((file) => !needsKafka.files.includes(file))
  if (values.watch) return watch(plain)
  const kafka = files.filter((file) => needsKafka.files.includes(file))
  const first = plain.length === 0 ? 0 : await runFiles(plain, { concurrency: 2 })
  const second = kafka.length === 0 ? 0 : await runKafkaFiles(kafka)
  sayLeft(found.filter((file) => left.includes(file)))
  return first || second
}

/** No silent gap: what a quick run did not run is said in a line, with the way to run it. */
function sayLeft(files: readonly string[]): void {
  if (files.length === 0) return
  const counts = leftToCi
    .map(({ what, files: ofKind }) => ({ what, count: ofKind.filter((file) => files.includes(file)).length }))
    .filter(({ count }) => count > 0)
    .map(({ what, count }) => `${count} (${what})`)
  shout(`Not run: ${files.length} test files, ${counts.join(', ')}. CI=true npm test runs everything.`)
}

async function runKafkaFiles(files: readonly string[]): Promise<number> {
  const kafka = await startKafka()
  const absent = 'absent' in kafka ? kafka.absent : undefined
  if (absent !== undefined) shout(absent)
  const environment: Record<string, string> =
    'absent' in kafka ? { [noBrokerVariable]: kafka.absent } : { [sharedBrokerVariable]: kafka.brokers.join(',') }
  try {
    return await runFiles(files, { concurrency: 1, environment, absent })
  } finally {
    if (!('absent' in kafka)) await kafka.stop()
  }
}

const Results = z.object({ skipped: z.number(), files: z.record(z.string(), z.number()) })
const longMs = 5_000

const nodeFlags = ['--import', 'tsx', '--test']

/** Runs files again as they, or what they import, change; until it is interrupted. */
async function watch(files: readonly string[]): Promise<number> {
  const runner = spawn(process.execPath, [...nodeFlags, '--watch', ...files], { cwd: root, stdio: 'inherit' })
  return (await once(runner, 'exit'))[0] ?? 0
}

async function runFiles(
  files: readonly string[],
  options: {
    readonly concurrency: number
    readonly environment?: Readonly<Record<string, string>>
    readonly absent?: string | undefined
  },
): Promise<number> {
  const { concurrency, environment = {}, absent } = options
  const work = await mkdtemp(join(tmpdir(), 'straylight-tests-'))
  try {
    const file = join(work, 'results.json')
    const reporters = [
      ['--test-reporter=./test/test-support/results-reporter.mjs', `--test-reporter-destination=${file}`],
      ['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ]
    const run = await sharedProcesses(files, {
      root,
      folder: join(work, 'shared'),
      alone: leftToCi.flatMap((kind) => kind.files),
    })
    const args = [...nodeFlags, `--test-concurrency=${concurrency}`, ...reporters.flat(), ...run]
    const runner = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await passOn(runner.stdout, absent)
    const code = runner.exitCode ?? (await once(runner, 'exit'))[0] ?? 1
    const results = Results.parse(JSON.parse(await readFile(file, 'utf8')))
    sayLongest(results.files)
    return strict(code, results.skipped)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Passes the spec reporter's lines on; right before the summary, what this run did not test is said once more. */
async function passOn(output: AsyncIterable<Buffer>, absent: string | undefined): Promise<void> {
  const skipped: string[] = []
  let summary = false
  for await (const line of createInterface({ input: Readable.from(output) })) {
    if (!summary && line.includes('ℹ tests ')) {
      summary = true
      if (skipped.length > 0) shout(`SKIPPED (a failure where CI=true):\n${skipped.join('\n')}`)
      if (absent !== undefined) shout(absent)
    }
    if (line.trimStart().startsWith('﹣')) skipped.push(line)
    process.stdout.write(`${line}\n`)
  }
}

/** The split of `test-suites.ts` goes by these. */
function sayLongest(files: Readonly<Record<string, number>>): void {
  const longest = Object.entries(files).filter(([, ms]) => ms >= longMs)
  const lines = longest
    .sort(([, one], [, other]) => other - one)
    .map(([file, ms]) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${file}`)
  if (lines.length > 0) process.stdout.write(`\nFiles whose tests took longest:\n${lines.join('\n')}\n`)
}

/** Where CI=true, a skipped test is a failure: what was not run is not known to hold. */
function strict(code: number, skipped: number): number {
  return code === 0 && everything && skipped > 0 ? 1 : code
}

function shout(line: string): void {
  process.stdout.write(`\n*** ${line}\n\n`)
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
})
