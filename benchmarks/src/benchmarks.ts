import type { Benchmark } from './benchmark.ts'
import { network } from './network.ts'
import { profileMemory } from './profile-memory.ts'
import { scoring } from './scoring.ts'

/** All there is, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [network, scoring, profileMemory]
