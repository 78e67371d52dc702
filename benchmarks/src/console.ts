import { join } from 'node:path'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { openStore } from '@straylight/runtime/store/open-store'
import { topics } from '@straylight/schemas/topics'
import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { type PageQuestion, pageQuestions } from './console/console-questions.ts'
import { fillStore } from './console/console-store.ts'
import { openDetection } from './console/detection-beside.ts'
import { type ServedConsole, servedConsole } from './console/served-console.ts'
import { quantile } from './interleaved.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

/** `BENCH_AGENTS` and `BENCH_ALERTS`: a smaller store. */
const size = { agents: numberOf('BENCH_AGENTS', 100_000), alerts: numberOf('BENCH_ALERTS', 1_000_000) }
const turns = 20
const msMax = 300
const detectionTurns = 5

export const consolePages: Benchmark = {
  name: 'console',
  about: `What every page of the console asks, over HTTP, in a store with ${size.agents.toLocaleString('en')} agents and ${size.alerts.toLocaleString('en')} alerts of thirteen months, each turn of other agents, alerts and words. By the wall clock, and in processor time of the whole process, which other work on the machine does not change; rows are those that the engine must look at by keys and indexes, at most. \`detection_beside\` is the score stage's rate while somebody looks at a page every second, against its rate alone.`,
  run: (say) =>
    inTemporaryFolder(async (folder) => {
      const log = await openEmbeddedLog({ directory: join(folder, 'log'), durable: false })
      await log.ensureTopics(Object.values(topics), 1)
      const store = await openStore({ directory: join(folder, 'store') })
      await fillStore(store, size, { now: Date.now(), say })
      const served = await servedConsole(folder, { log, store, agents: size.agents })
      const pages = await allPages(served)
      say('pages are asked')
      const beside = await detectionBeside(folder, store, served)
      await served.close()
      await store.close()
      await log.close()
      return [...pages, ...beside]
    }),
}

function numberOf(name: string, usual: number): number {
  const given = Number(process.env[name] ?? usual)
  if (!Number.isSafeInteger(given) || given < 100) throw new Error(`${name} must be a whole number from 100 on`)
  return given
}

interface Asked {
  readonly page: string
  readonly wallMs: number
  readonly processorMs: number
}

async function allPages(served: ServedConsole): Promise<Figure[]> {
  const first = await ask(served, { page: 'first_after_start', route: 'overview', query: {} })
  const asked: Asked[] = []
  for (let turn = 0; turn < turns; turn++)
    for (const question of await questionsOf(served, turn)) asked.push(await ask(served, question))
  const figures = [
    worth(
      'answer_wall_p95',
      quantile(
        asked.map(({ wallMs }) => wallMs),
        0.95,
      ),
      msMax,
    ),
    worth(
      'answer_processor_p95',
      quantile(
        asked.map(({ processorMs }) => processorMs),
        0.95,
      ),
      msMax,
    ),
    worth('answer_processor_slowest', Math.max(...asked.map(({ processorMs }) => processorMs))),
    worth('first_answer_processor', first.processorMs),
  ]
  served.countRows()
  for (const question of await questionsOf(served, turns)) {
    served.rowsRead()
    await ask(served, question)
    const own = asked.filter(({ page }) => page === question.page)
    figures.push(
      worth(
        `${question.page}_wall_p95`,
        quantile(
          own.map(({ wallMs }) => wallMs),
          0.95,
        ),
        msMax,
      ),
      worth(
        `${question.page}_processor_p95`,
        quantile(
          own.map(({ processorMs }) => processorMs),
          0.95,
        ),
        msMax,
      ),
      { name: `${question.page}_rows`, value: served.rowsRead(), unit: '', better: 'lower' },
    )
  }
  return figures
}

const worth = (name: string, value: number, target?: number): Figure => ({
  ...{ name, value: Math.round(value), unit: 'ms', better: 'lower' },
  ...(target === undefined ? {} : { target }),
})

async function questionsOf({ browser }: ServedConsole, turn: number): Promise<PageQuestion[]> {
  const { items, next } = await browser.ask('alerts', { sort: 'newest', state: 'all', limit: 200 })
  const alert = items[(turn * 7) % items.length]?.id ?? ''
  return pageQuestions(turn, { agents: size.agents, alert, cursor: next ?? '' })
}

async function ask({ browser }: ServedConsole, { page, route, query }: PageQuestion): Promise<Asked> {
  const [wall, processor] = [performance.now(), process.cpuUsage()]
  const search = new URLSearchParams(
    Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
  )
  const response = await browser.get(route, search)
  if (!response.ok) throw new Error(`${page}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
  const { user, system } = process.cpuUsage(processor)
  return { page, wallMs: performance.now() - wall, processorMs: (user + system) / 1000 }
}

/** The same events a turn, with and without somebody who looks at a page every second. */
async function detectionBeside(
  folder: string,
  store: Parameters<typeof openDetection>[1],
  served: ServedConsole,
): Promise<Figure[]> {
  const detection = await openDetection(join(folder, 'detection'), store, 2 * detectionTurns + 1)
  const questions = await questionsOf(served, turns + 1)
  const taken = { alone: [] as number[], beside: [] as number[] }
  await detection.turn()
  let next = 0
  for (let turn = 0; turn < 2 * detectionTurns; turn++) {
    if (turn % 2 === 0) taken.alone.push(await detection.turn())
    else {
      const looking = setInterval(() => {
        const question = questions[next++ % questions.length]
        if (question !== undefined) void ask(served, question)
      }, 1_000)
      taken.beside.push(await detection.turn())
      clearInterval(looking)
    }
  }
  await detection.close()
  const [alone, beside] = [quantile(taken.alone, 0.5), quantile(taken.beside, 0.5)]
  return [
    { name: 'detection_alone', value: perSecond(detection.events, alone), unit: 'events/s', better: 'higher' },
    { name: 'detection_beside', value: perSecond(detection.events, beside), unit: 'events/s', better: 'higher' },
    {
      name: 'detection_beside_against_alone',
      ...{ value: Math.round((100 * alone) / beside) / 100, unit: '×', better: 'higher', target: 0.95 },
    },
  ]
}
