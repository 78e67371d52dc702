import type { AlertDetail } from '@straylight/console/contract/alert-detail'
import { type ReactNode, useMemo } from 'react'
import { ChartFigure } from '../../charts/chart-figure.tsx'
import { TimeChart } from '../../charts/time-chart.tsx'
import { Block } from '../../parts/block.tsx'
import { AgentLink } from '../../parts/names.tsx'
import { countOf, numberText } from '../../parts/quantity.ts'
import { When } from '../../parts/when.tsx'

const deviations = (value: number) => numberText(value)

/** The session of the alert among the agent's latest sessions. */
export function RiskOfAlert({ detail }: { detail: AlertDetail }): ReactNode {
  const { risk } = detail
  const chart = useMemo(
    () => ({
      times: risk.map(({ ended_at }) => ended_at),
      series: [
        {
          name: 'Its sessions',
          values: risk.map((one) => (one.this ? null : one.risk)),
          colour: '--past',
          kind: 'bars' as const,
        },
        {
          name: 'This session',
          values: risk.map((one) => (one.this ? one.risk : null)),
          colour: '--critical',
          kind: 'bars' as const,
        },
      ],
      unit: deviations,
      height: 170,
    }),
    [risk],
  )
  const others = risk.filter((one) => !one.this)
  const seen = risk.find((one) => one.this)?.risk
  const highest = Math.max(...others.map((one) => one.risk), 0)
  return (
    <Block title="Risk of its sessions">
      <ChartFigure
        sentence={
          seen === undefined
            ? `The latest ${countOf(others.length, 'session')} of this agent; the session of this alert is not among them.`
            : `This session reached ${numberText(seen)} standard deviations above the agent's usual session; the highest of ${countOf(others.length, 'other session')} reached ${numberText(highest)}.`
        }
        rows={risk.toReversed()}
        columns={[
          {
            name: 'Session ended',
            heads: true,
            cell: ({ ended_at, running }) => (running ? 'runs still' : <When ms={ended_at} />),
          },
          { name: 'Risk (standard deviations)', number: true, cell: (one) => numberText(one.risk) },
          { name: 'This alert', cell: (one) => (one.this ? 'yes' : '') },
        ]}
      >
        <TimeChart {...chart} />
      </ChartFigure>
    </Block>
  )
}

/** Whether its peers do the same. */
export function PeersOfAlert({ detail }: { detail: AlertDetail }): ReactNode {
  const { peers, alert } = detail
  return (
    <Block title="Its peers">
      <p>{peers.sentence}</p>
      {peers.examples.length === 0 ? null : (
        <ul className="sentences">
          {peers.examples.map((agent) => (
            <li key={agent}>
              <AgentLink tenant={alert.tenant} agent={agent} />
            </li>
          ))}
        </ul>
      )}
    </Block>
  )
}
