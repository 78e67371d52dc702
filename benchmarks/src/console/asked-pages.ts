import type { Figure } from '../benchmark.ts'
import { quantile } from '../interleaved.ts'
import { type PageQuestion, pageQuestions, policyTrial } from './console-questions.ts'
import { isAsked } from './named-pages.ts'
import type { ServedConsole } from './served-console.ts'

/** `BENCH_TURNS`: fewer, for a first look. */
const turns = Number(process.env.BENCH_TURNS ?? 20)
/** A trial is asked by a button, not by a page that opens, and judges up to 20,000 findings. */
const trialTurns = isAsked(policyTrial.page) ? 3 : 0
const msMax = 300
/** Answers that took longer are reported one by one. */
const reportedFromMs = 1_000

interface Asked {
  readonly page: string
  readonly wallMs: number
  readonly processorMs: number
}

/** Every page in turns, one question after the other. Answers that took far too long are reported with the question of the store that they waited for. */
export async function askedPages(
  served: ServedConsole,
  agents: number,
  say: (sentence: string) => void = () => undefined,
): Promise<Figure[]> {
  const first = await askPage(served, { page: 'first_after_start', route: 'overview', query: {} })
  const asked: Asked[] = []
  for (let turn = 0; turn < turns; turn++)
    for (const question of await namedQuestions(served, agents, turn)) {
      served.slowest()
      const answer = await askPage(served, question)
      asked.push(answer)
      const { name, ms } = served.slowest()
      if (answer.wallMs > reportedFromMs)
        say(
          `${answer.page} of turn ${turn} took ${Math.round(answer.wallMs)} ms, ${Math.round(answer.processorMs)} of processor: ${Math.round(ms)} ms of it "${name}"`,
        )
    }
  const trials: Asked[] = []
  for (let turn = 0; turn < trialTurns; turn++) trials.push(await askPage(served, policyTrial))
  return [
    ...spread('answer', asked, msMax),
    { ...worth('answer_processor_slowest', Math.max(...asked.map(({ processorMs }) => processorMs))) },
    worth('first_answer_wall', first.wallMs),
    worth('first_answer_processor', first.processorMs),
    ...(await pageFigures(served, asked, await namedQuestions(served, agents, turns))),
    ...(trials.length === 0 ? [] : spread('policy_trial', trials)),
  ]
}

async function pageFigures(
  served: ServedConsole,
  asked: readonly Asked[],
  questions: readonly PageQuestion[],
): Promise<Figure[]> {
  const figures: Figure[] = []
  served.countRows()
  for (const question of questions) {
    served.rowsRead()
    await askPage(served, question)
    const own = asked.filter(({ page }) => page === question.page)
    figures.push(...spread(question.page, own, msMax), {
      ...{ name: `${question.page}_rows`, value: served.rowsRead(), unit: '', better: 'lower' },
    })
  }
  return figures
}

/** The 95th percentile by clock and in processor time. */
export function spread(name: string, asked: readonly Omit<Asked, 'page'>[], target?: number): Figure[] {
  const p95 = (of: 'wallMs' | 'processorMs') =>
    quantile(
      asked.map((one) => one[of]),
      0.95,
    )
  return [worth(`${name}_wall_p95`, p95('wallMs'), target), worth(`${name}_processor_p95`, p95('processorMs'), target)]
}

const worth = (name: string, value: number, target?: number): Figure => ({
  ...{ name, value: Math.round(value), unit: 'ms', better: 'lower' },
  ...(target === undefined ? {} : { target }),
})

const namedQuestions = async (served: ServedConsole, agents: number, turn: number): Promise<PageQuestion[]> =>
  (await questionsOf(served, agents, turn)).filter(({ page }) => isAsked(page))

export async function questionsOf({ browser }: ServedConsole, agents: number, turn: number): Promise<PageQuestion[]> {
  const { items, next } = await browser.ask('alerts', { sort: 'newest', state: 'all', limit: 200 })
  const alert = items[(turn * 7) % items.length]?.id ?? ''
  return pageQuestions(turn, { agents, alert, cursor: next ?? '' })
}

/** One request, by the clock and in processor time of the whole process. */
export async function askPage({ browser }: ServedConsole, question: PageQuestion): Promise<Asked> {
  const { page } = question
  const [wall, processor] = [performance.now(), process.cpuUsage()]
  const response = await browser.request(question)
  if (!response.ok) throw new Error(`${page}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
  const { user, system } = process.cpuUsage(processor)
  return { page, wallMs: performance.now() - wall, processorMs: (user + system) / 1000 }
}
