import { type ReactNode, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { timeSpan } from './time-span.ts'

export interface TimeSeries {
  readonly name: string
  readonly values: readonly (number | null)[]
  /** A custom property of the theme, such as `--accent`. */
  readonly colour: string
  readonly kind?: 'line' | 'bars' | 'dashed' | 'points'
}

export interface TimeChartProps {
  /** Milliseconds since 1970 UTC, rising. */
  readonly times: readonly number[]
  readonly series: readonly TimeSeries[]
  /** Fills what lies between two series, by their places. */
  readonly band?: readonly [number, number]
  readonly height?: number
  readonly unit: (value: number) => string
  /** The values are whole numbers: no tick between two of them. */
  readonly whole?: boolean
}

/** Values over time, drawn on a canvas: dense data stays quick. Its numbers stand in the table beside it. */
export function TimeChart(props: TimeChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return undefined
    let chart = draw(element, props)
    const again = () => {
      chart.destroy()
      chart = draw(element, props)
    }
    // On paper the colours are those of light.
    const schemes = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('print')]
    for (const scheme of schemes) scheme.addEventListener('change', again)
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height: props.height ?? 200 })
    })
    sizes.observe(element)
    return () => {
      for (const scheme of schemes) scheme.removeEventListener('change', again)
      sizes.disconnect()
      chart.destroy()
    }
  }, [props])
  return <div ref={place} className="chart" aria-hidden="true" />
}

const daySeconds = 24 * 60 * 60

const dayTicks = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const hourTicks = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** Ticks a day or more apart name days, closer ones the time of the day. */
function timeTexts(seconds: readonly number[]): string[] {
  const step = (seconds[1] ?? 0) - (seconds[0] ?? 0)
  const ticks = step >= daySeconds || seconds.length < 2 ? dayTicks : hourTicks
  return seconds.map((at) => ticks.format(at * 1000))
}

/** Between two ticks of whole numbers. */
const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000]

function draw(element: HTMLElement, { times, series, band, height = 200, unit, whole }: TimeChartProps): uPlot {
  const colour = (name: string) => themeColour(element, name)
  const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } }
  const options: uPlot.Options = {
    width: Math.max(200, element.clientWidth),
    height,
    cursor: { drag: { x: false, y: false } },
    legend: { show: series.length > 1, live: false },
    scales: {
      x: { time: true, range: () => timeSpan(times) },
      y: { range: (_chart, low, high) => [Math.min(0, low * 1.08), high > 0 ? high * 1.08 : 1] },
    },
    axes: [
      { ...axis, space: 72, values: (_chart, values) => timeTexts(values) },
      {
        ...axis,
        size: 64,
        ...(whole ? { incrs: wholeSteps } : {}),
        values: (_chart, values) => values.map((value) => unit(value)),
      },
    ],
    series: [{ label: 'Time' }, ...series.map((one) => lineOf(one, colour, unit))],
    bands: band === undefined ? [] : [{ series: [band[0] + 1, band[1] + 1], fill: colour('--band') }],
  }
  const data: uPlot.AlignedData = [times.map((ms) => ms / 1000), ...series.map(({ values }) => [...values])]
  return new uPlot(options, data, element)
}

function lineOf(one: TimeSeries, colour: (name: string) => string, unit: (value: number) => string): uPlot.Series {
  const bars = one.kind === 'bars' ? uPlot.paths.bars?.({ size: [0.8, 40] }) : undefined
  return {
    label: one.name,
    stroke: colour(one.colour),
    width: 2,
    points: one.kind === 'points' ? { show: true, size: 6, fill: colour(one.colour) } : { show: false },
    value: (_chart, value) => (value === null ? '–' : unit(value)),
    ...(one.kind === 'points' ? { paths: () => null } : {}),
    ...(one.kind === 'dashed' ? { dash: [6, 4] } : {}),
    ...(bars === undefined ? {} : { paths: bars, fill: colour(one.colour), width: 0 }),
  }
}

/** The theme's colours are `light-dark(…)`: a canvas needs the one that holds now. */
function themeColour(element: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
