import type { SeededFigure } from './measured-row.ts'

/** `.571 ±.012 [.39–.73]`. */
export function figureText({ mean, spread, interval }: SeededFigure): string {
  const parts = [share(mean, 3)]
  if (spread >= 0.0005) parts.push(`±${share(spread, 3)}`)
  if (interval) parts.push(`[${share(interval.low, 2)}–${share(interval.high, 2)}]`)
  return parts.join(' ')
}

/** `.571`, without the 0 before it; a dash where nothing was measured. */
export const share = (value: number, digits: number): string =>
  Number.isNaN(value) ? '–' : value.toFixed(digits).replace(/^0(?=\.)/, '')

/** A Markdown table whose columns stand under each other; the first row is its head. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`)
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [lines[0] as string, rule, ...lines.slice(1)]
}
