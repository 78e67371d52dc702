import type { ReasonStrip } from '@straylight/console/contract/finding-detail'
import type { ReactNode } from 'react'
import { countOf, numberText, sizeText } from '../parts/quantity.ts'
import { When } from '../parts/when.tsx'
import { ChartFigure } from './chart-figure.tsx'
import { useWidth } from './use-width.ts'

const size = { height: 64, left: 10, right: 10, line: 46 }

export const unitText = (unit: ReasonStrip['unit'], value: number): string => {
  if (unit === 'bytes') return sizeText(value)
  const one = unit === 'events' ? 'event' : 'record'
  return Number.isInteger(value) ? countOf(value, one) : `${numberText(value)} ${one}s`
}

/**
 * The agent's past days as dots on one line, with the day of this event, or its call, among them. The scale is logarithmic where the
 * event is far beyond the rest, so that both can be seen.
 */
export function PastStrip({ strip }: { strip: ReasonStrip }): ReactNode {
  const { points, seen, p99, unit } = strip
  const words = wordsFor[strip.of]
  const [place, width] = useWidth<HTMLDivElement>()
  const highest = Math.max(seen, ...points.map(({ value }) => value), 1)
  const usual = Math.max(p99 ?? 0, 1)
  const isLogarithmic = highest > usual * 8
  const scale = isLogarithmic ? logScale(highest) : (value: number) => value / highest
  const x = (value: number) => size.left + (width - size.left - size.right) * scale(value)
  const nearEnd = x(seen) > width * 0.6
  return (
    <ChartFigure
      sentence={strip.sentence}
      columns={[
        { name: 'Day', heads: true, cell: ({ time }) => (time === null ? words.this : <When ms={time} />) },
        { name: words.amount, number: true, cell: ({ value }) => unitText(unit, value) },
      ]}
      rows={[{ time: null as number | null, value: seen }, ...points.toReversed()]}
    >
      <div ref={place}>
        <svg width={width} height={size.height} viewBox={`0 0 ${width} ${size.height}`} aria-hidden="true">
          {p99 === null ? null : (
            <rect
              className="mark-band"
              x={x(0)}
              y={size.line - 9}
              width={Math.max(2, x(p99) - x(0))}
              height={18}
              rx={3}
              fillOpacity={0.55}
            />
          )}
          <line className="mark-axis" x1={size.left} x2={width - size.right} y1={size.line} y2={size.line} />
          {points.map(({ time, value }) => (
            <circle key={time} className="mark-past" cx={x(value)} cy={size.line} r={4} fillOpacity={0.55} />
          ))}
          <path className="mark-now" d={`M${x(seen)} ${size.line - 12}l7 -12h-14z`} />
          <circle className="mark-now" cx={x(seen)} cy={size.line} r={5} />
          <text className="said" x={x(seen) + (nearEnd ? 8 : -8)} y={16} textAnchor={nearEnd ? 'end' : 'start'}>
            {`${words.mark}: ${unitText(unit, seen)}`}
          </text>
        </svg>
        <p className="soft small">
          {words.dots}
          {isLogarithmic ? ' The scale is logarithmic.' : ''}
        </p>
      </div>
    </ChartFigure>
  )
}

const wordsFor = {
  day: {
    ...{ this: 'Day of this event', amount: 'Amount', mark: 'this day' },
    dots: 'Each dot is a day; the band reaches to its busiest usual days.',
  },
  call: {
    ...{ this: 'This call', amount: 'Largest call', mark: 'this call' },
    dots: 'Each dot is the largest call of a day; the band reaches to the largest usual ones.',
  },
} as const

const logScale = (highest: number) => (value: number) => Math.log1p(value) / Math.log1p(highest)
