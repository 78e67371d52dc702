import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { topics } from '@straylight/schemas/topics'
import { createScore } from '@straylight/score/create-score'
import type { Benchmark, Figure } from './benchmark.ts'
import { quantile } from './interleaved.ts'
import { type LearntFleet, learntFleet } from './learnt-fleet.ts'
import { rivalFeatures } from './rival-features.ts'
import { teachStage } from './teach-stage.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const run = promisify(execFile)
const rounds = 3
const eventsOfTurn = 10_000
const warmEvents = 10_000
const riverVersion = '0.26.1'
const forestVersion = '4.4.0'
const programs = fileURLToPath(new URL('../rivals/', import.meta.url))

/** Microseconds of processor an event of one turn. */
type Turn = () => Promise<number>

export const rivals: Benchmark = {
  name: 'rivals',
  about: `Detectors that an engineer would take first, on the same events, in turns with ours: River's half-space trees (${riverVersion}, 10 and 25 trees, scaled, scoring and learning) and Amazon's random cut forest (${forestVersion}, 50 trees of 256, scoring and updating). Theirs are given 32 features made beforehand, which is not timed, and keep one model for all; ours reads the event from a log, makes its features, judges it against agent, peers and tenant, and writes findings. Microseconds of processor an event. They are fetched once from their registries; where Python, Java or Maven are missing, that one is left out, and said so.`,
  run: (say) => inTemporaryFolder((folder) => measure(folder, say)),
}

async function measure(folder: string, say: (sentence: string) => void): Promise<Figure[]> {
  const fleet = learntFleet((rounds + 1) * eventsOfTurn, { events: 80_000 })
  const lines = rivalFeatures([...fleet.past.slice(-warmEvents), ...fleet.later.slice(0, eventsOfTurn)])
  const features = join(folder, 'features.ndjson')
  await writeFile(features, lines.map((line) => JSON.stringify(line)).join('\n'))
  const ours = await openOurs(folder, fleet)
  const turns: Record<string, Turn> = { straylight: ours.turn }
  for (const [names, open] of [
    [['half_space_trees_10', 'half_space_trees_25'], openRiver],
    [['random_cut_forest'], openForest],
  ] as const) {
    try {
      const opened = await open(folder, features)
      for (const [at, name] of names.entries()) turns[name] = opened[at] as Turn
    } catch (error) {
      say(`${names.join(' and ')} left out: ${String(error).split('\n')[0]}`)
    }
  }
  const taken = new Map<string, number[]>()
  // The first turn of ours loads profiles and compiles; it does not count.
  await ours.turn()
  for (let round = 0; round < rounds; round++)
    for (const [name, turn] of Object.entries(turns)) taken.set(name, [...(taken.get(name) ?? []), await turn()])
  await ours.close()
  return figuresOf(taken)
}

function figuresOf(taken: ReadonlyMap<string, readonly number[]>): Figure[] {
  const round = (value: number) => Math.round(value * 100) / 100
  const medians = [...taken].map(([name, values]) => ({ name, value: quantile([...values], 0.5) }))
  const own = medians[0]?.value ?? Number.NaN
  return [
    ...medians.map(({ name, value }): Figure => ({ name, value: round(value), unit: 'µs/event', better: 'lower' })),
    ...medians.slice(1).map(
      ({ name, value }): Figure => ({
        name: `straylight_over_${name}`,
        value: round(own / value),
        unit: '×',
        better: 'lower',
      }),
    ),
  ]
}

async function openOurs(folder: string, fleet: LearntFleet): Promise<{ turn: Turn; close: () => Promise<void> }> {
  await openTensorBackend('wasm')
  const log = await openEmbeddedLog({ directory: join(folder, 'log'), durable: false })
  const store = await openStore({ directory: join(folder, 'store') })
  await teachStage({ log, store }, fleet)
  const runner = await openStageRunner(createScore({ log, store }), log)
  let next = 0
  const record = (event: AgentEvent) => ({
    ...{ topic: topics.events.name, key: agentKeyOf(event), value: JSON.stringify(event), timestamp: event.time },
  })
  return {
    turn: async () => {
      await log.append(fleet.later.slice(next, next + eventsOfTurn).map(record))
      next += eventsOfTurn
      const start = process.cpuUsage()
      while ((await runner.step()) > 0);
      const { user, system } = process.cpuUsage(start)
      return (user + system) / eventsOfTurn
    },
    close: async () => {
      await runner.close()
      await store.close()
      await log.close()
    },
  }
}

const timed =
  (command: string, args: readonly string[]): Turn =>
  async () =>
    (JSON.parse((await run(command, [...args])).stdout) as { microseconds: number }).microseconds

async function openRiver(folder: string, features: string): Promise<Turn[]> {
  const venv = join(folder, 'venv')
  await run('python3', ['-m', 'venv', venv])
  await run(join(venv, 'bin', 'pip'), ['install', '--quiet', `river==${riverVersion}`])
  const program = join(programs, 'half_space_trees.py')
  return [10, 25].map((trees) =>
    timed(join(venv, 'bin', 'python'), [program, features, String(warmEvents), String(trees)]),
  )
}

async function openForest(folder: string, features: string): Promise<Turn[]> {
  const work = join(folder, 'forest')
  await mkdir(work)
  await writeFile(join(work, 'pom.xml'), forestPom)
  const jars = join(work, 'jars')
  const copy = ['-q', '-B', '-f', join(work, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
  await run('mvn', copy, { timeout: 300_000 })
  return [timed('java', ['-cp', `${jars}/*`, join(programs, 'CutForest.java'), features, String(warmEvents)])]
}

const forestPom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>straylight</groupId><artifactId>rival</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>software.amazon.randomcutforest</groupId><artifactId>randomcutforest-core</artifactId><version>${forestVersion}</version></dependency>
  </dependencies>
</project>
`
