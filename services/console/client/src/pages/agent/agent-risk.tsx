import type { AgentDetail } from '@straylight/console/contract/agent-detail'
import { type ReactNode, useMemo } from 'react'
import { Link } from 'wouter'
import { ChartFigure } from '../../charts/chart-figure.tsx'
import { TimeChart } from '../../charts/time-chart.tsx'
import { Block } from '../../parts/block.tsx'
import { sessionAddress } from '../../parts/names.tsx'
import { countOf, countText, numberText } from '../../parts/quantity.ts'
import { When } from '../../parts/when.tsx'

/** The highest risk of each session over time. */
export function AgentRisk({ detail }: { detail: AgentDetail }): ReactNode {
  const { risk, agent } = detail
  const chart = useMemo(
    () => ({
      times: risk.map(({ ended_at }) => ended_at),
      series: [{ name: 'Risk', values: risk.map((one) => one.risk), colour: '--accent', kind: 'points' as const }],
      unit: numberText,
    }),
    [risk],
  )
  const highest = risk.reduce<(typeof risk)[number] | undefined>(
    (most, one) => (most === undefined || one.risk > most.risk ? one : most),
    undefined,
  )
  return (
    <Block title="Risk over time">
      <ChartFigure
        sentence={
          highest === undefined
            ? 'No session has ended yet, and none that runs has a finding.'
            : `Of its latest ${countOf(risk.length, 'session')} the riskiest reached ${numberText(highest.risk)} standard deviations above its usual session; 0 and below is usual.`
        }
        rows={risk.toReversed()}
        columns={[
          {
            name: 'Session',
            heads: true,
            cell: ({ session }) => <Link href={sessionAddress(agent.tenant, agent.agent, session)}>{session}</Link>,
          },
          { name: 'Ended', cell: ({ ended_at, running }) => (running ? 'runs still' : <When ms={ended_at} />) },
          { name: 'Events', number: true, cell: ({ events }) => countText(events) },
          { name: 'Highest score (nats)', number: true, cell: ({ score }) => numberText(score) },
          { name: 'Risk (σ)', number: true, cell: (one) => numberText(one.risk) },
        ]}
      >
        <TimeChart {...chart} />
      </ChartFigure>
    </Block>
  )
}
