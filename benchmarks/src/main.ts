import { fork } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Benchmark, Figure } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'
import { type Result, resultsTable } from './results-table.ts'
import type { Message } from './run-one.ts'

const folder = new URL('../', import.meta.url)
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
})
process.exitCode = await main()

/** `npm run bench [-- NAMES… --json --write]`: 0 done, 1 a benchmark failed, 2 wrong usage. */
async function main(): Promise<number> {
  const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
  if (unknown.length > 0) {
    say(`No benchmark is named ${unknown.join(', ')}; there are ${benchmarks.map(({ name }) => name).join(', ')}.`)
    return 2
  }
  const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const results: Result[] = []
  for (const benchmark of chosen) {
    say(`${benchmark.name} …`)
    results.push({ benchmark, figures: await runApart(benchmark) })
  }
  await writeResults(results, options.write && chosen.length === benchmarks.length)
  if (options.write && chosen.length < benchmarks.length) say('RESULTS.md is written only when all of them ran.')
  const people = options.json ? process.stderr : process.stdout
  people.write(`\n${resultsTable(results)}`)
  if (options.json) process.stdout.write(`${JSON.stringify({ figures: results.flatMap(({ figures }) => figures) })}\n`)
  return 0
}

/** Runs one benchmark in a process of its own; a process that ends without figures fails the whole run. */
function runApart(benchmark: Benchmark): Promise<readonly Figure[]> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('run-one.ts', import.meta.url), [benchmark.name], { stdio: ['ignore', 2, 2, 'ipc'] })
    let figures: readonly Figure[] | undefined
    child.on('message', (message: Message) => {
      if ('say' in message) say(`  ${message.say}`)
      else figures = message.figures
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (figures && code === 0) resolve(figures)
      else reject(new Error(`benchmark ${benchmark.name} ended with code ${code}; its own words stand above`))
    })
  })
}

async function writeResults(results: readonly Result[], page: boolean): Promise<void> {
  await mkdir(new URL('results/', folder), { recursive: true })
  for (const { benchmark, figures } of results) {
    await writeFile(new URL(`results/${benchmark.name}.json`, folder), `${JSON.stringify({ figures }, null, 2)}\n`)
  }
  if (!page) return
  const byHand = await readFile(new URL('hard-cases.md', folder), 'utf8')
  await writeFile(new URL('RESULTS.md', folder), `${resultsTable(results).trimEnd()}\n\n${byHand}`)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
