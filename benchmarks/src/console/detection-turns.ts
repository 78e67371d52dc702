import type { Store } from '@straylight/runtime/store/store'
import { type Figure, perSecond } from '../benchmark.ts'
import { quantile } from '../interleaved.ts'
import { askPage, questionsOf, spread } from './asked-pages.ts'
import { openDetection } from './detection-beside.ts'
import type { ServedConsole } from './served-console.ts'

/** Pairs of turns, one with viewers and one without. */
const pairs = 5
/** Somebody opens a page every second. */
const lookEveryMs = 1_000
const agentsAsked = 20

/**
 * The same number of events a turn, with and without somebody who opens the next page every second, in changing order; what is set against each
 * other are the two of a pair, so that what else the machine does hits both alike. Then what would alert of the agents that are judged.
 */
export async function detectionBeside(
  folder: string,
  of: { store: Store; served: ServedConsole; agents: number },
): Promise<Figure[]> {
  const { served } = of
  const detection = await openDetection(folder, of.store, 2 * pairs + 1)
  const questions = await questionsOf(served, of.agents, 101)
  const taken = { alone: [] as number[], beside: [] as number[] }
  await detection.turn()
  let [next, pages] = [0, 0]
  const alone = async () => void taken.alone.push(await detection.turn())
  const beside = async () => {
    const looks: Promise<unknown>[] = []
    const look = () => {
      const question = questions[next++ % questions.length]
      if (question !== undefined) looks.push(askPage(served, question))
    }
    look()
    const looking = setInterval(look, lookEveryMs)
    taken.beside.push(await detection.turn())
    clearInterval(looking)
    pages += (await Promise.all(looks)).length
  }
  for (let pair = 0; pair < pairs; pair++) {
    for (const turn of pair % 2 === 0 ? [alone, beside] : [beside, alone]) await turn()
  }
  const asked = []
  for (const agent of detection.agents.slice(0, agentsAsked))
    asked.push(await askPage(served, { page: 'would_alert', route: 'wouldAlert', query: agent }))
  await detection.close()
  return [...figuresOf(detection.events, taken, pages), ...spread('would_alert', asked)]
}

function figuresOf(events: number, taken: { alone: number[]; beside: number[] }, pages: number): Figure[] {
  const [alone, beside] = [quantile(taken.alone, 0.5), quantile(taken.beside, 0.5)]
  const ratios = taken.alone.map((ms, pair) => ms / (taken.beside[pair] ?? Number.NaN))
  const seconds = taken.beside.reduce((sum, ms) => sum + ms, 0) / 1000
  return [
    { name: 'detection_alone', value: perSecond(events, alone), unit: 'events/s', better: 'higher' },
    { name: 'detection_beside', value: perSecond(events, beside), unit: 'events/s', better: 'higher' },
    {
      name: 'detection_beside_against_alone',
      ...{ value: Math.round(100 * quantile(ratios, 0.5)) / 100, unit: '×', better: 'higher', target: 0.95 },
    },
    { name: 'pages_beside', value: Math.round((10 * pages) / seconds) / 10, unit: 'pages/s', better: 'higher' },
  ]
}
