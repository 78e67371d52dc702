import type { Overview } from '@straylight/console/contract/overview'
import { type ReactNode, useMemo } from 'react'
import { Link } from 'wouter'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { ChartFigure } from '../charts/chart-figure.tsx'
import { TimeChart } from '../charts/time-chart.tsx'
import { AgentsTable } from '../parts/agents-table.tsx'
import { AlertLink } from '../parts/alert-link.tsx'
import { SeverityBadge } from '../parts/badge.tsx'
import { Block } from '../parts/block.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Figures } from '../parts/figures.tsx'
import { AgentLink } from '../parts/names.tsx'
import { countOf, countText, shareText } from '../parts/quantity.ts'
import { AgentStateBadge } from '../parts/states.tsx'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'

type Counts = Overview['alerts']['open']
type AgentStateName = keyof Overview['agents']['states']

const severities = ['critical', 'high', 'medium', 'low'] as const
const states: readonly AgentStateName[] = ['watched', 'learning', 'held', 'silent', 'never_seen']
const hourMs = 60 * 60 * 1000

const totalOf = (counts: Counts) => severities.reduce((sum, severity) => sum + (counts[severity] ?? 0), 0)

/** What is open, who is risky, whether the budget holds, and what the detector itself lacks. */
export function OverviewPage(): ReactNode {
  const loaded = useLoaded('overview', {})
  useTitle('Overview')
  return (
    <div className="page">
      <div className="head">
        <h1>Overview</h1>
        {loaded.value === undefined ? null : (
          <span className="soft">
            as of <When ms={loaded.value.as_of} seconds />
          </span>
        )}
      </div>
      <Shown of={loaded}>{(overview) => <OverviewShown overview={overview} />}</Shown>
    </div>
  )
}

function OverviewShown({ overview }: { overview: Overview }): ReactNode {
  const { agents, alerts, commands, lacks } = overview
  const loud = (alerts.open.critical ?? 0) + (alerts.open.high ?? 0)
  return (
    <>
      <Figures
        of={[
          { name: 'wait for approval', value: <Link href="/approvals">{countText(alerts.awaiting_approval)}</Link> },
          {
            name: 'approved, wait for a free place',
            value: <Link href="/alerts?search=command:approved">{countText(alerts.awaiting_place)}</Link>,
          },
          { name: 'open, high or critical', value: <Link href="/alerts?severity_min=high">{countText(loud)}</Link> },
          { name: 'open alerts in all', value: <Link href="/alerts">{countText(totalOf(alerts.open))}</Link> },
          { name: 'agents', value: <Link href="/agents">{countText(agents.total)}</Link> },
          { name: 'credentials revoked in 7 days', value: countText(commands.credentials_revoked) },
          { name: 'not obeyed in 7 days', value: countText(commands.refused + commands.unanswered) },
        ]}
      />
      <Block title="The gravest open alerts" aside={<Link href="/alerts">All alerts</Link>}>
        <DataTable
          caption="The gravest open alerts"
          rows={alerts.gravest}
          keyOf={({ id }) => id}
          none="No alert is open."
          columns={[
            { name: 'Severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
            { name: 'Alert', heads: true, cell: (row) => <AlertLink alert={row} /> },
            { name: 'Agent', cell: (row) => <AgentLink tenant={row.tenant} agent={row.agent} /> },
            { name: 'Last seen', cell: ({ last_seen }) => <When ms={last_seen} ago /> },
          ]}
        />
      </Block>
      {lacks.length === 0 ? null : <Lacks lacks={lacks} />}
      <div className="columns">
        <AlertsByHour overview={overview} />
        <Budget overview={overview} />
      </div>
      <Block title="Agents by state">
        <ul className="row plain-list">
          {states.map((state) => (
            <li key={state}>
              <AgentStateBadge state={state} />{' '}
              <Link href={`/agents?search=${encodeURIComponent(`state:${state}`)}`}>
                {countOf(agents.states[state] ?? 0, 'agent')}
              </Link>
            </li>
          ))}
        </ul>
      </Block>
      <Block title="Riskiest agents" aside={<Link href="/agents">All agents</Link>}>
        <AgentsTable
          caption="Agents by their worst open alert, then by risk"
          rows={overview.riskiest}
          none="No alert is open, and no session has a risk yet."
        />
      </Block>
    </>
  )
}

function Lacks({ lacks }: { lacks: Overview['lacks'] }): ReactNode {
  return (
    <Block title="What Straylight itself lacks" aside={<Link href="/health">Health</Link>}>
      <ul className="plain-list">
        {lacks.map(({ kind, serious, sentence }) => (
          <li key={kind} className={serious ? 'note grave' : 'note'}>
            {sentence}
          </li>
        ))}
      </ul>
    </Block>
  )
}

const colours = { critical: '--critical', high: '--high', medium: '--medium', low: '--low' } as const

function AlertsByHour({ overview }: { overview: Overview }): ReactNode {
  const { by_hour } = overview.alerts
  const chart = useMemo(() => {
    const hours = hoursBetween(by_hour, overview.as_of)
    const at = new Map(by_hour.map((hour) => [hour.time, hour.severities]))
    // Stacked by hand: each bar is as high as its own severity and those below it.
    const below = (time: number, from: number) =>
      severities.slice(from).reduce((sum, severity) => sum + (at.get(time)?.[severity] ?? 0), 0)
    return {
      times: hours,
      series: severities.map((severity, from) => ({
        name: severity,
        values: hours.map((time) => below(time, from)),
        colour: colours[severity],
        kind: 'bars' as const,
      })),
      unit: countText,
      whole: true,
    }
  }, [by_hour, overview.as_of])
  const total = by_hour.reduce((sum, { severities: counts }) => sum + totalOf(counts), 0)
  return (
    <Block title="Alerts by hour">
      <ChartFigure
        sentence={`${countOf(total, 'alert')} opened in the last 7 days, in ${countOf(by_hour.length, 'hour')} of them, by the time at which Straylight opened them.`}
        rows={by_hour.toReversed()}
        columns={[
          { name: 'Hour', heads: true, cell: ({ time }) => <When ms={time} /> },
          ...severities.map((severity) => ({
            name: severity,
            number: true,
            cell: ({ severities: counts }: { severities: Counts }) => countText(counts[severity] ?? 0),
          })),
        ]}
      >
        <TimeChart {...chart} />
      </ChartFigure>
    </Block>
  )
}

function hoursBetween(byHour: readonly { readonly time: number }[], until: number): number[] {
  const end = Math.floor(until / hourMs) * hourMs
  const start = Math.min(end - 7 * 24 * hourMs, ...byHour.map(({ time }) => time))
  const last = Math.max(end, ...byHour.map(({ time }) => time))
  return Array.from({ length: Math.min(1000, (last - start) / hourMs + 1) }, (_none, at) => start + at * hourMs)
}

const weekMs = 7 * 24 * hourMs
const drawnWeeksMin = 4

/** The weeks, and empty ones before a first few: a line needs two places, and a bar alone has no scale of time. */
function atLeastWeeks(weeks: Overview['budget']['weeks']): { week: number; realised: number | null }[] {
  const [first] = weeks
  if (first === undefined) return []
  const missing = Math.max(0, drawnWeeksMin - weeks.length)
  const before = Array.from({ length: missing }, (_none, at) => ({
    week: first.week - (missing - at) * weekMs,
    realised: null,
  }))
  return [...before, ...weeks]
}

function Budget({ overview }: { overview: Overview }): ReactNode {
  const { asked, weeks } = overview.budget
  const chart = useMemo(() => {
    const drawn = atLeastWeeks(weeks)
    return {
      times: drawn.map(({ week }) => week),
      series: [
        {
          name: 'Sessions that alerted',
          values: drawn.map(({ realised }) => realised),
          colour: '--accent',
          kind: 'bars' as const,
        },
        { name: 'Asked', values: drawn.map(() => asked), colour: '--critical', kind: 'dashed' as const },
      ],
      unit: shareText,
    }
  }, [weeks, asked])
  const last = weeks.findLast(({ realised }) => realised !== null)
  const sentence =
    last === undefined || last.realised === null
      ? `The policy asks for ${shareText(asked)} of ordinary sessions; no week has sessions yet.`
      : `In the latest week ${shareText(last.realised)} of sessions alerted; the policy asks for ${shareText(asked)} of ordinary ones.`
  return (
    <Block title="Alert budget by week">
      <ChartFigure
        sentence={sentence}
        rows={weeks.toReversed()}
        columns={[
          { name: 'Week of', heads: true, cell: ({ week }) => <When ms={week} /> },
          { name: 'Sessions', number: true, cell: ({ sessions }) => countText(sessions) },
          { name: 'Alerted', number: true, cell: ({ alerted }) => countText(alerted) },
          { name: 'Share', number: true, cell: ({ realised }) => (realised === null ? '–' : shareText(realised)) },
        ]}
      >
        <TimeChart {...chart} />
      </ChartFigure>
    </Block>
  )
}
