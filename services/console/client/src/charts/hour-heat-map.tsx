import type { ReactNode } from 'react'
import { countText } from '../parts/quantity.ts'
import { ChartFigure } from './chart-figure.tsx'
import { hourText, localHours, weekdayOf } from './hours-of-week.ts'
import { useWidth } from './use-width.ts'

const cell = { height: 18, left: 38, top: 18 }

export interface HourHeatMapProps {
  /** Events by hour of the week, UTC: 168 numbers from Monday 00:00. */
  readonly hours: readonly number[]
}

/** When an agent works: hours of the week on the reader's clock, darker where it does more. */
export function HourHeatMap({ hours: utc }: HourHeatMapProps): ReactNode {
  const [place, width] = useWidth<HTMLDivElement>()
  const offsetMinutes = -new Date().getTimezoneOffset()
  const shift = Math.round(offsetMinutes / 60)
  const hours = localHours(utc, offsetMinutes)
  const most = Math.max(...hours, 1)
  const rows = Array.from({ length: 7 }, (_, at) => ({
    day: weekdayOf(at * 24),
    hours: hours.slice(at * 24, at * 24 + 24),
  }))
  const cellWidth = Math.min(34, (width - cell.left) / 24)
  const gap = cellWidth > 12 ? 2 : 1
  return (
    <ChartFigure
      sentence={sentenceOf(hours, shift)}
      columns={[
        { name: 'Day', heads: true, cell: ({ day }) => day },
        { name: 'Events', number: true, cell: (row) => countText(row.hours.reduce((sum, one) => sum + one, 0)) },
        { name: `Hours with events (${shift === 0 ? 'UTC' : 'your clock'})`, cell: (row) => activeHours(row.hours) },
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
                  className={count === 0 ? 'none' : ''}
                  fillOpacity={count === 0 ? 1 : 0.2 + 0.8 * Math.sqrt(count / most)}
                >
                  <title>{`${hourText(at * 24 + hour, shift)}: ${countText(count)}`}</title>
                </rect>
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

function sentenceOf(hours: readonly number[], shift: number): string {
  const all = hours.reduce((sum, one) => sum + one, 0)
  if (all === 0) return 'No events are counted yet.'
  const busiest = hours.indexOf(Math.max(...hours))
  const weekend = hours.slice(120).reduce((sum, one) => sum + one, 0)
  const share = Math.round((100 * weekend) / all)
  return `Busiest on ${hourText(busiest, shift)}; ${share} % of its events fall on weekends.`
}
