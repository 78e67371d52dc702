import type { AgentDetail, UsualVolumes, VolumePoint } from '@straylight/console/contract/agent-detail'
import { type ReactNode, useMemo, useState } from 'react'
import { ChartFigure } from '../../charts/chart-figure.tsx'
import { TimeChart } from '../../charts/time-chart.tsx'
import { Block } from '../../parts/block.tsx'
import { countOf, countText, sizeText } from '../../parts/quantity.ts'
import { When } from '../../parts/when.tsx'

const measures = {
  calls: { name: 'Calls', unit: countText },
  sent: { name: 'Bytes sent', unit: sizeText },
  received: { name: 'Bytes received', unit: sizeText },
  records: { name: 'Records', unit: countText },
} as const
type Measure = keyof typeof measures
const measureNames = Object.keys(measures) as Measure[]
const periods = { by_day: 'day', by_hour: 'hour' } as const
type Period = keyof typeof periods

/** How much it does, against what is usual for it. */
export function AgentVolumes({ detail }: { detail: AgentDetail }): ReactNode {
  const [measure, setMeasure] = useState<Measure>('calls')
  const [period, setPeriod] = useState<Period>('by_day')
  const points = detail.volumes[period]
  const usual = detail.volumes[periods[period]]
  return (
    <Block
      title="How much it does"
      aside={
        <div className="row no-print">
          <label className="beside">
            <span className="unseen">Measure</span>
            <select
              value={measure}
              onChange={(event) => setMeasure(measureNames.find((one) => one === event.target.value) ?? 'calls')}
            >
              {measureNames.map((name) => (
                <option key={name} value={name}>
                  {measures[name].name}
                </option>
              ))}
            </select>
          </label>
          <label className="beside">
            <span className="unseen">Period</span>
            <select
              value={period}
              onChange={(event) => setPeriod(event.target.value === 'by_hour' ? 'by_hour' : 'by_day')}
            >
              <option value="by_day">by day</option>
              <option value="by_hour">by hour</option>
            </select>
          </label>
        </div>
      }
    >
      <VolumeChart points={points} usual={usual} measure={measure} period={periods[period]} />
    </Block>
  )
}

interface VolumeChartProps {
  readonly points: readonly VolumePoint[]
  readonly usual: UsualVolumes | null
  readonly measure: Measure
  readonly period: 'day' | 'hour'
}

function VolumeChart({ points, usual, measure, period }: VolumeChartProps): ReactNode {
  const { name, unit } = measures[measure]
  const spread = usual?.[measure]
  const chart = useMemo(
    () => ({
      times: points.map(({ time }) => time),
      series: [
        ...(spread === undefined
          ? []
          : [
              {
                name: 'Busiest usual',
                values: points.map(() => spread.p99),
                colour: '--critical',
                kind: 'dashed' as const,
              },
              { name: 'Middle', values: points.map(() => spread.median), colour: '--soft', kind: 'dashed' as const },
            ]),
        { name, values: points.map((point) => point[measure]), colour: '--accent', kind: 'bars' as const },
      ],
      ...(spread === undefined ? {} : { band: [0, 1] as const }),
      unit,
    }),
    [points, spread, measure, name, unit],
  )
  return (
    <ChartFigure
      sentence={
        spread === undefined
          ? `Not enough is known of it yet to say what is usual in a ${period}.`
          : `${name} in a ${period}: ${unit(spread.median)} in the middle and ${unit(spread.p99)} at the busiest usual, over ${countOf(usual?.periods ?? 0, period)} in which it did anything.`
      }
      rows={points.toReversed()}
      columns={[
        { name: period === 'day' ? 'Day' : 'Hour', heads: true, cell: ({ time }) => <When ms={time} /> },
        ...measureNames.map((one) => ({
          name: measures[one].name,
          number: true,
          cell: (point: VolumePoint) => measures[one].unit(point[one]),
        })),
      ]}
    >
      <TimeChart {...chart} />
    </ChartFigure>
  )
}
