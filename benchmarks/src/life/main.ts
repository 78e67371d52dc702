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
import { lifeOf, lifeRegistry, liveStart } from './life-fleet.ts'
import { lifeTable } from './life-table.ts'
import { weeklyPlot } from './weekly-plot.ts'

const usage = `npm run bench:life -- [--seeds 3] [--data DIR] [--cold] [--plots DIR] [--json FILE]

  --seeds  lives of the fleet that this benchmark makes up, with seeds from 1 on (3)
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
  const { data, seeds, cold } = options
  const lives = data === undefined ? Array.from({ length: seeds }, (_, at) => at + 1) : [data]
  const results: { name: string; asked: number; result: LifeResult }[] = []
  for (const life of lives) {
    const name = typeof life === 'number' ? `seed ${life}` : life
    const measured =
      typeof life === 'number'
        ? await inTemporaryFolder(async (folder) => measure(folder, await writeLife(folder, life), cold))
        : await measure(life, await labelsIn(life), cold)
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
      seeds: { type: 'string', default: '3' },
      data: { type: 'string' },
      cold: { type: 'boolean', default: false },
      plots: { type: 'string' },
      json: { type: 'string' },
    },
  })
  const seeds = Number(values.seeds)
  if (!Number.isInteger(seeds) || seeds < 1)
    throw new RangeError(`--seeds ${values.seeds}: expected a whole number from 1 on`)
  return { ...values, seeds }
}

/** Writes a made-up life as the files of `--data`, without a policy: then the default alerts. */
async function writeLife(folder: string, seed: number): Promise<Map<string, LifeLabel>> {
  const labels = new Map<string, LifeLabel>()
  const [past, after]: [string[], string[]] = [[], []]
  for (const { time, label, line } of lifeOf(seed)) {
    const isPast = time < liveStart
    ;(isPast ? past : after).push(JSON.stringify(line))
    labels.set(String(line.id), { label, agent: String(line.agent), session: String(line.session), time })
  }
  await writeFile(join(folder, 'history.ndjson'), `${past.join('\n')}\n`)
  await writeFile(join(folder, 'after.ndjson'), `${after.join('\n')}\n`)
  return labels
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

async function measure(
  folder: string,
  labels: ReadonlyMap<string, LifeLabel>,
  cold: boolean,
): Promise<{ asked: number; result: LifeResult }> {
  const named = async <Value>(file: string, read: (path: string) => Promise<Value>, otherwise: Value) =>
    readFile(join(folder, file)).then(
      () => read(join(folder, file)),
      () => otherwise,
    )
  const registry = await named('agents.yaml', readRegistry, Registry.parse(lifeRegistry()))
  const policy = await named('policy.yaml', readPolicy, Policy.parse({}))
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
