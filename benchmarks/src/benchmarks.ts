import type { Benchmark } from './benchmark.ts'
import { network } from './network.ts'
import { profileMemory } from './profile-memory.ts'

/** All there is, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [network, profileMemory]
