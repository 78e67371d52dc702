import type { Figure } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'

/** What a benchmark's own process tells the one that started it. */
export type Message = { readonly say: string } | { readonly figures: readonly Figure[] }

const tell = (message: Message) => void process.send?.(message)
const chosen = benchmarks.find(({ name }) => name === process.argv[2])
if (!chosen) throw new Error(`no benchmark is named ${process.argv[2]}`)
tell({ figures: await chosen.run((sentence) => tell({ say: sentence })) })
process.disconnect?.()
