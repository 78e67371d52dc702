import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { errorText } from '@straylight/schemas/error-text'
import { z } from 'zod'
import { chaosRound, type RoundReport } from './chaos-round.ts'
import { measureTakeover, type Takeover } from './takeover.ts'

const usage = `npm run chaos -- [--kills N] [--seed S] [--store-away SECONDS] [--brokers 1|3] [--lane I/N --state FILE] [--keep-repeats] [--json]
npm run chaos -- --takeover AGENTS,AGENTS… [--json]

Kills a whole cluster N times (default 20), in rounds of at most 80, and holds it to its promises at the end of each.
--lane I/N takes every N-th round, beginning with the I-th; --state FILE remembers the rounds that are done, so that the
command goes on where it was stopped. --keep-repeats runs a build that does not drop what comes twice: it must fail.
--takeover measures how long one score needs to take over the partitions of another, for so many agents each time.
Exit codes: 0 all promises hold, 1 one does not, 2 wrong usage.`

const killsARound = 80

/** Rounds that are done, by their number from 0. */
const State = z.object({ seed: z.string(), kills: z.number(), rounds: z.record(z.string(), z.custom<RoundReport>()) })
type State = z.infer<typeof State>

// A long run may be stopped at any time, and its cluster must not outlive it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
process.exitCode = await main()

async function main(): Promise<number> {
  const options = readOptions()
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${usage}\n`)
    return 2
  }
  if (options.takeover.length > 0) return takeovers(options.takeover, options.json)
  const { kills, seed, lane, lanes, stateFile } = options
  const state = await readState(stateFile, { seed, kills, rounds: {} })
  if (state.seed !== seed || state.kills !== kills) {
    process.stderr.write(`${stateFile} is of another run: --kills ${state.kills} --seed ${state.seed}\n`)
    return 2
  }
  const rounds = Math.ceil(kills / killsARound)
  for (let round = lane; round < rounds; round += lanes) {
    if (state.rounds[round] !== undefined) continue
    const killsHere = Math.min(killsARound, kills - round * killsARound)
    state.rounds[round] = await chaosRound({
      ...{ seed: `${seed}/${round}`, kills: killsHere, storeAwaySeconds: options.storeAwaySeconds },
      keepRepeats: options.keepRepeats,
      threeBrokers: options.threeBrokers,
      say: (line) => void process.stderr.write(`${new Date().toISOString()} round ${round}: ${line}\n`),
    })
    await writeState(stateFile, state)
    for (const failure of state.rounds[round]?.failures ?? []) process.stderr.write(`round ${round}: ${failure}\n`)
  }
  return report(Object.values(state.rounds), options.json)
}

async function takeovers(sizes: readonly number[], json: boolean): Promise<number> {
  const measured: Takeover[] = []
  for (const agents of sizes) {
    const figures = await measureTakeover(agents, (line) => void process.stderr.write(`${line}\n`))
    measured.push(figures)
    const { seconds, log_seconds, store_seconds, records_read, first_batch_seconds } = figures
    const people = json ? process.stderr : process.stdout
    people.write(
      `${agents} agents: taken over in ${seconds} s (log ${log_seconds} s, store ${store_seconds} s, ${records_read} records ` +
        `read again), first 2,000 events in ${first_batch_seconds} s\n`,
    )
  }
  if (json) process.stdout.write(`${JSON.stringify({ takeovers: measured })}\n`)
  return 0
}

function report(done: readonly RoundReport[], json: boolean): number {
  const sum = (of: (round: RoundReport) => number) => done.reduce((total, round) => total + of(round), 0)
  const failures = done.flatMap((round) => round.failures.map((failure) => `${round.seed}: ${failure}`))
  const points: Record<string, number> = {}
  for (const point of done.flatMap(({ died }) => died)) points[point] = (points[point] ?? 0) + 1
  const summary = {
    ...{ rounds: done.length, kills: sum(({ kills }) => kills), points, faults: sum(({ faults }) => faults.length) },
    ...{ events: sum(({ events }) => events), findings: sum(({ findings }) => findings) },
    ...{ commands: sum(({ commands }) => commands), webhooks: sum(({ webhooks }) => webhooks) },
    ...{ gave_up: done.flatMap(({ gave_up }) => gave_up), seconds: sum(({ seconds }) => seconds), failures },
  }
  const people = json ? process.stderr : process.stdout
  people.write(
    `${summary.kills} kills, ${Object.keys(points).length} kill points, ${summary.faults} other faults in ${summary.rounds} rounds: ` +
      `${failures.length === 0 ? 'all promises hold' : `${failures.length} complaints`}\n`,
  )
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`)
  return failures.length === 0 ? 0 : 1
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        kills: { type: 'string', default: '20' },
        seed: { type: 'string', default: '1' },
        'store-away': { type: 'string', default: '10' },
        brokers: { type: 'string', default: '1' },
        lane: { type: 'string', default: '1/1' },
        state: { type: 'string' },
        takeover: { type: 'string' },
        'keep-repeats': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
    const [lane = 0, lanes = 0] = values.lane.split('/').map(Number)
    const kills = Number(values.kills)
    const storeAwaySeconds = Number(values['store-away'])
    if (!(Number.isInteger(kills) && kills > 0)) return `--kills is "${values.kills}": expected a whole number above 0`
    if (!(storeAwaySeconds >= 0))
      return `--store-away is "${values['store-away']}": expected seconds, 0 to leave the store alone`
    if (!(Number.isInteger(lane) && Number.isInteger(lanes) && lane >= 1 && lane <= lanes))
      return `--lane is "${values.lane}": expected I/N, such as 1/2`
    const takeover = values.takeover === undefined ? [] : values.takeover.split(',').map(Number)
    if (!takeover.every((agents) => Number.isInteger(agents) && agents >= 2_000))
      return `--takeover is "${values.takeover}": expected numbers of agents from 2000, separated by commas`
    const { seed, json, brokers, state: stateFile, 'keep-repeats': keepRepeats } = values
    if (brokers !== '1' && brokers !== '3') return `--brokers is "${brokers}": expected 1 or 3`
    const threeBrokers = brokers === '3'
    return {
      kills,
      seed,
      storeAwaySeconds,
      lane: lane - 1,
      lanes,
      stateFile,
      keepRepeats,
      threeBrokers,
      json,
      takeover,
    }
  } catch (error) {
    return errorText(error)
  }
}

async function readState(file: string | undefined, fresh: State): Promise<State> {
  if (file === undefined || !existsSync(file)) return fresh
  return State.parse(JSON.parse(await readFile(file, 'utf8')))
}

/** A run that dies while it writes leaves the state from before. */
async function writeState(file: string | undefined, state: State): Promise<void> {
  if (file === undefined) return
  await writeFile(`${file}.new`, JSON.stringify(state))
  await rename(`${file}.new`, file)
}
