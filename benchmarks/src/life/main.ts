import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inTimeOrder } from '@straylight/ingest/files/in-time-order'
import { readFiles } from '@straylight/ingest/files/read-files'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { Registry } from '@straylight/schemas/agent'
import { errorText } from '@straylight/schemas/error-text'
import { Policy } from '@straylight/schemas/policy'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { readRegistry } from 'straylight/deployment/read-registry'
import { readHistory } from 'straylight/replay/read-history'
import { runReplay } from 'straylight/replay/replay-run'
import { inTemporaryFolder } from '../temporary-folder.ts'
import { judgeLife, type LifeLabel, type LifeResult } from './judge-life.ts'
import { lifeTable } from './life-table.ts'
import { type LifeTrade, liveStart } from './life-trade.ts'
import { lifeTrades, tradeNames } from './life-trades.ts'
import { playTrade, registryOf } from './play-trade.ts'
import { weeklyPlot } from './weekly-plot.ts'

const usage = `npm run bench:life -- [--trade forwarding] [--seeds 3] [--rate .001] [--data DIR] [--cold] [--plots DIR] [--json FILE]

  --trade  which fleet is made up: forwarding; travel, which writes to strangers all day; drawn, another trade with each seed
  --seeds  lives of it, with seeds from 1 on (3); 4-6: these alone
  --rate   budget of alerting sessions (.001; with --data the policy's)
  --data   instead, the life in this folder: history.ndjson, after.ndjson, labels.tsv (id, label, agent, session, time; a label is
           benign:NAME for a change, incident:NAME for an attack, and anything else for ordinary life), agents.yaml, policy.yaml
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
  const { data, seeds, cold, trade } = options
  const policy =
    options.rate === undefined ? Policy.parse({}) : Policy.parse({ budget: { session_alert_rate: options.rate } })
  const lives = data === undefined ? seeds : [data]
  const results: { name: string; asked: number; result: LifeResult }[] = []
  for (const life of lives) {
    const name = typeof life === 'number' ? `${trade} ${life}` : life
    const measured =
      typeof life === 'number'
        ? await inTemporaryFolder((folder) =>
            live(folder, { trade: lifeTrades[trade](life), seed: life, cold, policy }),
          )
        : await measure(life, { labels: await labelsIn(life), cold, policy, registry: Registry.parse({}) })
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

interface Measuring {
  readonly labels: ReadonlyMap<string, LifeLabel>
  readonly cold: boolean
  /** Where the folder has none of its own. */
  readonly policy: Policy
  readonly registry: Registry
}

/** Writes a made-up life as the files of `--data`, without a policy, and measures it. */
async function live(
  folder: string,
  { trade, seed, ...measuring }: { trade: LifeTrade; seed: number } & Pick<Measuring, 'cold' | 'policy'>,
) {
  const labels = new Map<string, LifeLabel>()
  const [past, after]: [string[], string[]] = [[], []]
  for (const { time, label, line } of playTrade(trade, seed)) {
    const isPast = time < liveStart
    ;(isPast ? past : after).push(JSON.stringify(line))
    labels.set(String(line.id), { label, agent: String(line.agent), session: String(line.session), time })
  }
  await writeFile(join(folder, 'history.ndjson'), `${past.join('\n')}\n`)
  await writeFile(join(folder, 'after.ndjson'), `${after.join('\n')}\n`)
  return measure(folder, { ...measuring, labels, registry: Registry.parse(registryOf(trade)) })
}

async function labelsIn(folder: string): Promise<Map<string, LifeLabel>> {
  const text = await readFile(join(folder, 'labels.tsv'), 'utf8')
  return new Map(
    text.split('\n').flatMap((line): [string, LifeLabel][] => {
      const [id, label, agent, session, time] = line.split('\t')
      if (id === undefined || label === undefined || agent === undefined || session === undefined) return []
      return [[id, { label, agent, session, time: Date.parse(time ?? '') }]]
    }),
  )
}

async function measure(folder: string, measuring: Measuring): Promise<{ asked: number; result: LifeResult }> {
  const { labels, cold } = measuring
  const named = async <Value>(file: string, read: (path: string) => Promise<Value>, otherwise: Value) =>
    readFile(join(folder, file)).then(
      () => read(join(folder, file)),
      () => otherwise,
    )
  const registry = await named('agents.yaml', readRegistry, measuring.registry)
  const policy = await named('policy.yaml', readPolicy, measuring.policy)
  const reading = { registry: createAgentRegistry(registry), tenant: undefined, stdin: () => process.stdin }
  const [past, after] = [join(folder, 'history.ndjson'), join(folder, 'after.ndjson')]
  const replayed = await runReplay({
    records: inTimeOrder(readFiles(cold ? [past, after] : [after], reading)),
    history: readHistory(cold ? [] : [past], { ...reading, onRejected: () => undefined }),
    registry,
    policy,
    model: await readArtifact(undefined),
    tenant: undefined,
    partitions: 1,
    scoreInstances: 1,
  })
  try {
    const lines = await replayed.judgements.scoreLines(replayed.log, replayed.order)
    return { asked: policy.budget.session_alert_rate, result: judgeLife(labels, lines) }
  } finally {
    await replayed.close()
  }
}
