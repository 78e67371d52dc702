import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
    // Said before the summary too, which must come last: what a log's end shows is what people read.
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

/** Passes the spec reporter's lines on, with the loud line about an absent Kafka right before the summary. */
async function passOn(output: AsyncIterable<Buffer>, absent: string | undefined): Promise<void> {
  let rest = ''
  let said = absent === undefined
  for await (const piece of output) {
    const lines = (rest + piece.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!said && line.includes('ℹ tests ')) {
        shout(absent ?? '')
        said = true
      }
      process.stdout.write(`${line}\n`)
    }
  }
  process.stdout.write(rest)
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
