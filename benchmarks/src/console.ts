import { join } from 'node:path'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { topics } from '@straylight/schemas/topics'
import type { Benchmark } from './benchmark.ts'
import { askedPages } from './console/asked-pages.ts'
import { detectionBeside } from './console/detection-turns.ts'
import { filledStore } from './console/filled-store.ts'
import { builtClient, firstPaint } from './console/first-paint.ts'
import { isAsked } from './console/named-pages.ts'
import { servedConsole } from './console/served-console.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

/** `BENCH_AGENTS` and `BENCH_ALERTS`: a smaller store. `BENCH_STORE`: a folder that keeps the filled store for the next run. */
const size = { agents: numberOf('BENCH_AGENTS', 100_000), alerts: numberOf('BENCH_ALERTS', 1_000_000) }

export const consolePages: Benchmark = {
  name: 'console',
  about: `What every page of the console asks, over HTTP, in a store with ${size.agents.toLocaleString('en')} agents and ${size.alerts.toLocaleString('en')} alerts of thirteen months, each turn of other agents, alerts and words. By the wall clock, and in processor time of the whole process, which other work on the machine changes less; rows are those that the engine must look at by keys and indexes, at most. \`policy_trial\` decides the findings of weeks anew, and \`would_alert\` judges a score of events: people ask for either by a button. \`detection_beside\` is the score stage's rate while somebody opens a page every second, \`detection_beside_against_alone\` the median of what it is of its rate alone, pair by pair. \`first_paint\` is a browser's that was never here, on the same machine.`,
  run: (say) =>
    inTemporaryFolder(async (folder) => {
      const log = await openEmbeddedLog({ directory: join(folder, 'log'), durable: false })
      await log.ensureTopics(Object.values(topics), 1)
      const store = await filledStore(process.env.BENCH_STORE ?? join(folder, 'store'), size, say)
      const clientFolder = join(folder, 'client')
      const bundle = await builtClient(clientFolder)
      const served = await servedConsole(folder, { log, store, agents: size.agents, clientFolder })
      const pages = await askedPages(served, size.agents, say)
      say('pages are asked')
      const beside = isAsked('detection_beside')
        ? await detectionBeside(join(folder, 'detection'), { store, served, agents: size.agents })
        : []
      if (beside.length > 0) say('detection ran beside them')
      const painted = isAsked('first_paint') ? await firstPaint(served, say) : []
      await served.close()
      await store.close()
      await log.close()
      return [...pages, ...beside, ...painted, bundle]
    }),
}

function numberOf(name: string, usual: number): number {
  const given = Number(process.env[name] ?? usual)
  if (!Number.isSafeInteger(given) || given < 100) throw new Error(`${name} must be a whole number from 100 on`)
  return given
}
