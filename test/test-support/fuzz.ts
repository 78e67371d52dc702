import { parseArgs } from 'node:util'
import { type FuzzSummary, fuzz } from './fuzz-run.ts'

const usage = `npm run fuzz -- [--records N] [--seed S] [--only INDEX] [--json]
Mutated records and messages through all stages, embedded. --only INDEX gives the record of that index alone.`

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

process.exitCode = values.help ? say(usage, 0) : await run()

async function run(): Promise<number> {
  const [records, seed] = [wholeNumber(values.records), wholeNumber(values.seed)]
  const only = values.only === undefined ? undefined : wholeNumber(values.only)
  if (records === undefined || seed === undefined || (values.only !== undefined && only === undefined))
    return say(usage, 2)
  const summary = await fuzz({
    ...{ records, seed, only },
    onProgress: ({ records: done, seconds, throws }) => {
      const rate = Math.round(done / seconds)
      process.stderr.write(
        `${done} of ${only === undefined ? records : 1} records, ${rate} a second, ${throws} throws\n`,
      )
    },
  })
  if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
  else tell(summary)
  return summary.passed ? 0 : 1
}

function tell({ failing, ...counts }: FuzzSummary): void {
  for (const [name, count] of Object.entries(counts)) process.stdout.write(`${name.padEnd(26)} ${count}\n`)
  for (const { index, what } of failing) process.stdout.write(`  ${index < 0 ? '' : `--only ${index}: `}${what}\n`)
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function say(text: string, code: number): number {
  process.stderr.write(`${text}\n`)
  return code
}
