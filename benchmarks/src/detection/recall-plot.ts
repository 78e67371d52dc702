/** A line of a plot. */
export interface PlotLine {
  readonly name: string
  readonly points: readonly { readonly rate: number; readonly recall: number }[]
}

const width = 720
const height = 440
const frame = { left: 60, top: 40, right: 470, bottom: 390 } as const
/** Rates from a tenth of a percent to a fifth of the quiet sessions, in a logarithmic scale. */
const rateMin = 0.001
const rateMax = 0.2
/** Colours that stay apart for colour-blind eyes (Okabe and Ito, 2008). */
const colours = ['#000000', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#999999']

/** Session recall against the rate of quiet sessions, as one SVG file. */
export function recallPlot(title: string, lines: readonly PlotLine[]): string {
  const body = [
    `<text x="${frame.left}" y="24" font-size="15">${escaped(title)}</text>`,
    ...[0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2].map(rateTick),
    ...[0, 0.2, 0.4, 0.6, 0.8, 1].map(recallTick),
    `<text x="${(frame.left + frame.right) / 2}" y="${height - 12}" text-anchor="middle">quiet sessions above the threshold</text>`,
    `<text transform="translate(16 ${(frame.top + frame.bottom) / 2}) rotate(-90)" text-anchor="middle">attack sessions above it</text>`,
    ...lines.flatMap(lineAndLegend),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
${body.join('\n')}
</svg>
`
}

const xOf = (rate: number): number => {
  const place = Math.log(Math.max(rate, rateMin) / rateMin) / Math.log(rateMax / rateMin)
  return frame.left + (frame.right - frame.left) * Math.min(1, place)
}
const yOf = (recall: number): number => frame.bottom - (frame.bottom - frame.top) * recall

function rateTick(rate: number): string {
  const x = xOf(rate).toFixed(1)
  return `<path d="M${x} ${frame.top}V${frame.bottom}" stroke="#ddd"/><text x="${x}" y="${frame.bottom + 16}" text-anchor="middle">${rate * 100} %</text>`
}

function recallTick(recall: number): string {
  const y = yOf(recall).toFixed(1)
  return `<path d="M${frame.left} ${y}H${frame.right}" stroke="#ddd"/><text x="${frame.left - 6}" y="${y}" dy="4" text-anchor="end">${recall * 100} %</text>`
}

/** A staircase: between two quiet sessions nothing more is found. */
function lineAndLegend({ name, points }: PlotLine, at: number): string[] {
  const colour = colours[at % colours.length] as string
  const dash = at < colours.length ? '' : ' stroke-dasharray="5 3"'
  let path = `M${frame.left} ${yOf(highestBelow(points)).toFixed(1)}`
  for (const { rate, recall } of points) {
    if (rate >= rateMin && rate <= rateMax) path += `H${xOf(rate).toFixed(1)}V${yOf(recall).toFixed(1)}`
  }
  const y = frame.top + 10 + at * 20
  return [
    `<path d="${path}H${frame.right}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
    `<path d="M${frame.right + 16} ${y}h24" stroke="${colour}" stroke-width="2"${dash}/><text x="${frame.right + 46}" y="${y + 4}">${escaped(name)}</text>`,
  ]
}

const highestBelow = (points: PlotLine['points']): number =>
  Math.max(0, ...points.filter(({ rate }) => rate < rateMin).map(({ recall }) => recall))

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)
