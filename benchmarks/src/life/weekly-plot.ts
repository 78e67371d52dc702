import type { LifeWeek } from './judge-life.ts'

const width = 720
const height = 360
const frame = { left: 64, top: 40, right: 690, bottom: 310 } as const

/** Rates of ordinary sessions that alert, a bar a week, with what was asked for and three times it as lines: one SVG file. */
export function weeklyPlot(title: string, weeks: readonly LifeWeek[], asked: number): string {
  const rates = weeks.map(({ sessions, alerting }) => (sessions === 0 ? 0 : alerting / sessions))
  const most = Math.max(4 * asked, ...rates)
  const y = (rate: number) => (frame.bottom - ((frame.bottom - frame.top) * rate) / most).toFixed(1)
  const step = (frame.right - frame.left) / Math.max(1, weeks.length)
  const bars = weeks.map(({ week }, at) => {
    const x = frame.left + at * step
    const top = Number(y(rates[at] as number))
    return `<rect x="${(x + step * 0.15).toFixed(1)}" y="${top}" width="${(step * 0.7).toFixed(1)}" height="${(frame.bottom - top).toFixed(1)}" fill="#0072b2"/><text x="${(x + step / 2).toFixed(1)}" y="${frame.bottom + 16}" text-anchor="middle">${week}</text>`
  })
  const line = (rate: number, name: string) =>
    `<path d="M${frame.left} ${y(rate)}H${frame.right}" stroke="#d55e00" stroke-dasharray="5 3"/><text x="${frame.right}" y="${y(rate)}" dy="-4" text-anchor="end">${name}</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${frame.left}" y="24" font-size="15">${title}</text>
<path d="M${frame.left} ${frame.top}V${frame.bottom}H${frame.right}" fill="none" stroke="#444"/>
<text x="${frame.left - 6}" y="${y(most)}" dy="4" text-anchor="end">${(100 * most).toFixed(2)} %</text>
<text x="${frame.left - 6}" y="${frame.bottom}" dy="4" text-anchor="end">0</text>
${[...bars, line(asked, 'asked'), line(3 * asked, 'three times')].join('\n')}
<text x="${(frame.left + frame.right) / 2}" y="${height - 12}" text-anchor="middle">week</text>
</svg>
`
}
