import { loadavg } from 'node:os'
import type { Figure } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'

/** What a benchmark's own process tells the one that started it. */
export type Message = { readonly say: string } | { readonly figures: readonly Figure[] }

const tell = (message: Message) => void process.send?.(message)
const chosen = benchmarks.find(({ name }) => name === process.argv[2])
if (!chosen) throw new Error(`no benchmark is named ${process.argv[2]}`)
const figures = await chosen.run((sentence) => tell({ say: sentence }))
// What else the machine had to do: a rate taken at a load of ten on two cores is a fraction of what it could be.
const load = { name: 'load_average_at_the_end', value: loadavg()[0] ?? Number.NaN, unit: '', better: 'lower' } as const
tell({ figures: [...figures, load] })
process.disconnect?.()
