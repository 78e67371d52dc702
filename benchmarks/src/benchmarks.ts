import type { Benchmark } from './benchmark.ts'
import { consolePages } from './console.ts'
import { doubled } from './doubled.ts'
import { embeddedLog } from './embedded-log.ts'
import { endToEnd } from './end-to-end.ts'
import { formats } from './formats.ts'
import { idleMemory } from './idle-memory.ts'
import { manyAgents } from './many-agents.ts'
import { network } from './network.ts'
import { profileMemory } from './profile-memory.ts'
import { readingFormats } from './reading-formats.ts'
import { replayOfFiles } from './replay.ts'
import { rivals } from './rivals.ts'
import { scoreFloor } from './score-floor.ts'
import { scoreStage } from './score-stage.ts'
import { scoring } from './scoring.ts'
import { store } from './store.ts'
import { tensorBackends } from './tensor-backends.ts'

/** All there is, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [
  formats,
  replayOfFiles,
  readingFormats,
  scoreStage,
  rivals,
  scoring,
  network,
  tensorBackends,
  profileMemory,
  idleMemory,
  embeddedLog,
  store,
  endToEnd,
  doubled,
  scoreFloor,
  manyAgents,
  consolePages,
]
