import { availableParallelism } from 'node:os'
import type { Benchmark, Figure } from './benchmark.ts'

export interface Result {
  readonly benchmark: Benchmark
  readonly figures: readonly Figure[]
}

/** All results as one Markdown page. */
export function resultsTable(results: readonly Result[]): string {
  const head = [
    '# Benchmarks',
    '',
    `Made by \`npm run bench -- --write\` on ${availableParallelism()} cores (shared, so read the order of the figures, not the digits), Node ${process.versions.node}.`,
    'Versions that are compared run in turns within one run; ratios travel between machines, rates do not.',
  ]
  return `${[...head, ...results.flatMap(section)].join('\n')}\n`
}

function section({ benchmark, figures }: Result): string[] {
  const rows = figures.map(
    ({ name, value, unit, better, target }) =>
      `| ${name.replaceAll('_', ' ')} | ${plain(value)} ${unit} | ${better} | ${target === undefined ? '' : `${plain(target)} ${unit}`} |`,
  )
  return [
    '',
    `## ${benchmark.name}`,
    '',
    benchmark.about,
    '',
    '| figure | value | better | target |',
    '|---|--:|---|--:|',
    ...rows,
  ]
}

const plain = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 3 : 0 })
