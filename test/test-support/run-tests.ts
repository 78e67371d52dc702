import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { noBrokerVariable, sharedBrokerVariable, startKafka } from './kafka-broker.ts'
import { testFiles } from './test-files.ts'

/**
 * The second half of `npm test`: `run-tests.ts [PART OF A PATH…]` runs all tests, or those in files whose path contains
 * a given part. One Kafka serves them all. Node's own summary is what ends the output.
 */
async function main(filters: readonly string[]): Promise<number> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const files = await testFiles(root, filters)
  if (files.length === 0) {
    process.stderr.write(`no test file matches ${filters.join(' or ') || '**/src/**/*.test.ts'}\n`)
    return 2
  }
  const kafka = await startKafka()
  const absent = 'absent' in kafka ? kafka.absent : undefined
  if (absent !== undefined) shout(absent)
  const environment: Record<string, string> =
    'absent' in kafka ? { [noBrokerVariable]: kafka.absent } : { [sharedBrokerVariable]: kafka.brokers.join(',') }
  try {
    return await runFiles(root, files, environment, absent)
  } finally {
    if (!('absent' in kafka)) await kafka.stop()
  }
}

async function runFiles(
  root: string,
  files: readonly string[],
  environment: Record<string, string>,
  absent: string | undefined,
): Promise<number> {
  const work = await mkdtemp(join(tmpdir(), 'straylight-tests-'))
  try {
    const tap = join(work, 'results.tap')
    const reporters = [
      ['--test-reporter=tap', `--test-reporter-destination=${tap}`],
      ['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ]
    const args = ['--import', 'tsx', '--test', '--test-concurrency=2', ...reporters.flat(), ...files]
    const runner = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await passOn(runner.stdout, absent)
    const code = runner.exitCode ?? (await once(runner, 'exit'))[0] ?? 1
    return strict(code, await readFile(tap, 'utf8'))
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

/** Where CI=true, a skipped test is a failure: what was not run is not known to hold. */
function strict(code: number, tap: string): number {
  const skipped = Number(/^# skipped (\d+)$/m.exec(tap)?.[1] ?? 0)
  return code === 0 && process.env.CI === 'true' && skipped > 0 ? 1 : code
}

function shout(line: string): void {
  process.stdout.write(`\n*** ${line}\n\n`)
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
})
