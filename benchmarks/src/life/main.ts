import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { errorText } from '@straylight/schemas/error-text'
import { inTemporaryFolder } from '../temporary-folder.ts'
import type { LifeResult } from './judge-life.ts'
import { lifeTable } from './life-table.ts'
import { lifeTrades, tradeNames } from './life-trades.ts'
import { measureLife } from './measure-life.ts'
import { weeklyPlot } from './weekly-plot.ts'
import { writeLife } from './write-life.ts'

const usage = `npm run bench:life -- [--trade forwarding] [--seeds 3] [--rate .001] [--data DIR] [--cold] [--plots DIR] [--json FILE]

  --trade  which fleet is made up: forwarding; travel, which writes to strangers all day; drawn, another trade with each seed
  --seeds  lives of it, with seeds from 1 on (3); 4-6: these alone
  --rate   budget of alerting sessions (.001, or what policy.yaml of --data says)
  --data   instead, the life in this folder: history.ndjson, after.ndjson, labels.tsv (id, label, agent, session, time; a label is
           benign:NAME for a change, incident:NAME for an attack, and anything else for ordinary life); agents.yaml and policy.yaml
           may be missing: no agent is registered then, and the policy is the default
  --cold   history is judged too, from the first day, and nothing is vetted
  --plots  writes a plot a life, alerting ordinary sessions by week, to this folder
  --json   writes all figures to this file`

process.exitCode = await main()

/** `npm run bench:life`: how a deployment fares over months, without verdicts. 0 done, 2 wrong usage. */
async function main(): Promise<number> {
  let options: ReturnType<typeof optionsOf>
  try {
    options = optionsOf()
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n\n${usage}\n`)
    return 2
  }
  await openTensorBackend('wasm')
  const { data, seeds, cold, rate, trade } = options
  const lives = data === undefined ? seeds : [data]
  const results: { name: string; asked: number; result: LifeResult }[] = []
  for (const life of lives) {
    const name = typeof life === 'number' ? `${trade} ${life}` : life
    const measured =
      typeof life === 'number'
        ? await inTemporaryFolder(async (folder) => {
            await writeLife(folder, lifeTrades[trade](life), life)
            return measureLife(folder, { cold, rate })
          })
        : await measureLife(life, { cold, rate })
    results.push({ name, ...measured })
    process.stderr.write(`${name}: ${measured.result.ordinary.alerting} of ${measured.result.ordinary.sessions}\n`)
  }
  if (options.plots !== undefined) {
    await mkdir(options.plots, { recursive: true })
    for (const [at, { name, asked, result }] of results.entries())
      await writeFile(
        join(options.plots, `life-${at + 1}.svg`),
        weeklyPlot(`Ordinary sessions that alert, ${name}`, result.weeks, asked),
      )
  }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results)}\n`)
  process.stdout.write(`${lifeTable(results)}\n`)
  return 0
}

function optionsOf() {
  const { values } = parseArgs({
    options: {
      trade: { type: 'string', default: 'forwarding' },
      seeds: { type: 'string', default: '3' },
      rate: { type: 'string' },
      data: { type: 'string' },
      cold: { type: 'boolean', default: false },
      plots: { type: 'string' },
      json: { type: 'string' },
    },
  })
  const trade = tradeNames.find((name) => name === values.trade)
  if (trade === undefined) throw new RangeError(`--trade ${values.trade}: expected one of ${tradeNames.join(', ')}`)
  const rate = values.rate === undefined ? undefined : Number(values.rate)
  if (rate !== undefined && !(rate > 0 && rate < 1))
    throw new RangeError(`--rate ${values.rate}: expected a share between 0 and 1`)
  return { ...values, trade, rate, seeds: seedsIn(values.seeds) }
}

/** `3` is 1, 2 and 3; `4-6` is 4, 5 and 6. */
function seedsIn(text: string): number[] {
  const [first, last] = /^\d+-\d+$/.test(text) ? text.split('-').map(Number) : [1, Number(text)]
  if (first === undefined || last === undefined || !Number.isInteger(last) || first < 1 || last < first)
    throw new RangeError(`--seeds ${text}: expected a whole number from 1 on, or two with a hyphen between them`)
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
