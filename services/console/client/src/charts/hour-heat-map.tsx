import type { ReactNode } from 'react'
import { countText } from '../parts/quantity.ts'
import { ChartFigure } from './chart-figure.tsx'
import { useWidth } from './use-width.ts'

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const cell = { height: 18, left: 38, top: 18 }

export interface HourHeatMapProps {
  /** Events by hour of the week, UTC: 168 numbers from Monday 00:00. */
  readonly hours: readonly number[]
  /** The hour of the week that this page is about. */
  readonly now?: number | undefined
}

/** When an agent works: hours of the week, darker where it does more. */
export function HourHeatMap({ hours, now }: HourHeatMapProps): ReactNode {
  const [place, width] = useWidth<HTMLDivElement>()
  const most = Math.max(...hours, 1)
  const rows = days.map((day, at) => ({ day, hours: hours.slice(at * 24, at * 24 + 24) }))
  const cellWidth = Math.min(34, (width - cell.left) / 24)
  const gap = cellWidth > 12 ? 2 : 1
  return (
    <ChartFigure
      sentence={sentenceOf(hours)}
      columns={[
        { name: 'Day', heads: true, cell: ({ day }) => day },
        { name: 'Events', number: true, cell: (row) => countText(row.hours.reduce((sum, one) => sum + one, 0)) },
        { name: 'Hours with events (UTC)', cell: (row) => activeHours(row.hours) },
      ]}
      rows={rows}
    >
      <div ref={place}>
        <svg className="heat" width={width} height={cell.top + 7 * cell.height} aria-hidden="true">
          {[0, 6, 12, 18].map((hour) => (
            <text key={hour} x={cell.left + hour * cellWidth} y={12}>
              {`${String(hour).padStart(2, '0')}:00`}
            </text>
          ))}
          {rows.map((row, at) => (
            <g key={row.day}>
              <text x={0} y={cell.top + at * cell.height + 13}>
                {row.day}
              </text>
              {row.hours.map((count, hour) => (
                <rect
                  // Hours have no other name than their place.
                  key={`${row.day} ${hour.toString()}`}
                  x={cell.left + hour * cellWidth}
                  y={cell.top + at * cell.height}
                  width={cellWidth - gap}
                  height={cell.height - 2}
                  rx={2}
                  className={`${count === 0 ? 'none' : ''} ${now === at * 24 + hour ? 'this' : ''}`}
                  fillOpacity={count === 0 ? 1 : 0.2 + 0.8 * Math.sqrt(count / most)}
                />
              ))}
            </g>
          ))}
        </svg>
      </div>
    </ChartFigure>
  )
}

function activeHours(hours: readonly number[]): string {
  const active = hours.flatMap((count, hour) => (count > 0 ? [hour] : []))
  return active.length === 0 ? 'none' : active.map((hour) => `${hour}`).join(', ')
}

function sentenceOf(hours: readonly number[]): string {
  const all = hours.reduce((sum, one) => sum + one, 0)
  if (all === 0) return 'No events are counted yet.'
  const busiest = hours.indexOf(Math.max(...hours))
  const weekend = hours.slice(120).reduce((sum, one) => sum + one, 0)
  const share = Math.round((100 * weekend) / all)
  return `Busiest on ${days[Math.floor(busiest / 24)]} at ${String(busiest % 24).padStart(2, '0')}:00 UTC; ${share} % of its events fall on weekends.`
}
