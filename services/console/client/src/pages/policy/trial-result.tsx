import type { RouteAnswer } from '@straylight/console/contract/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { SeverityBadge } from '../../parts/badge.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { AgentLink, alertAddress, eventAddress } from '../../parts/names.tsx'
import { countOf } from '../../parts/quantity.ts'
import { When } from '../../parts/when.tsx'

type Trial = RouteAnswer<'tryPolicy'>
type Tried = Trial['appear']['items'][number]
type TriedChange = Trial['change']['items'][number]
type TriedCommand = Trial['commands']['items'][number]

/** Rows that are shown at first. */
const firstRows = 10

const answers: Readonly<Record<Tried['answer'], string>> = {
  observe: 'recorded',
  alert: 'alert',
  approve: 'a person is asked',
  revoke: 'revoked at once',
}

const fates: Readonly<Record<NonNullable<TriedCommand['before']>, string>> = {
  sent: 'sent',
  asked: 'asked of a person',
  recorded: 'recorded, not sent',
}

/** What appears, vanishes and changes, a table each. */
export function TrialResult({ trial }: { trial: Trial }): ReactNode {
  const { says, not_tried, appear, vanish, change, commands, counts, findings, until } = trial
  return (
    <div className="stack">
      <Sentences title="What the policy changes" of={says} none="It decides as the policy in force." />
      <Tried title="Alerts that appear" of={appear} total={counts.appear} columns={alertColumns} />
      <Tried title="Alerts that vanish" of={vanish} total={counts.vanish} columns={alertColumns} />
      <Tried title="Alerts that change" of={change} total={counts.change} columns={changeColumns} />
      <Tried title="Commands" of={commands} total={counts.commands} columns={commandColumns} />
      <Sentences title="What stored findings can't show" of={not_tried} />
      <p className="soft">
        {countOf(counts.stay, 'alert')} {counts.stay === 1 ? 'stays' : 'stay'} as{' '}
        {counts.stay === 1 ? 'it is' : 'they are'}. {countOf(findings, 'finding')} from <When ms={trial.from} />
        {until === null ? '' : ' to '}
        {until === null ? '' : <When ms={until} />} were decided under both policies. The detector is taken to be well,
        brokers to obey, and nobody to approve; what people called true or false counts as it did.
      </p>
    </div>
  )
}

function Sentences({ title, of, none }: { title: string; of: readonly string[]; none?: string }): ReactNode {
  if (of.length === 0 && none === undefined) return null
  return (
    <>
      <h3>{title}</h3>
      {of.length === 0 ? <p>{none}</p> : null}
      <ul className="sentences">
        {of.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  )
}

interface TriedProps<Row> {
  readonly title: string
  readonly of: { readonly items: readonly Row[]; readonly more: boolean }
  readonly total: number
  readonly columns: readonly Column<Row>[]
}

function Tried<Row>({ title, of: { items, more }, total, columns }: TriedProps<Row>): ReactNode {
  if (total === 0) return null
  return (
    <>
      <h3>
        {title} ({total})
      </h3>
      <DataTable caption={title} columns={columns} rows={items} keyOf={(_row, index) => index} first={firstRows} />
      {more ? <p className="soft">The first {items.length} are listed.</p> : null}
    </>
  )
}

/** An alert that is stored has a page; one that would have been has the page of its event. */
function AlertText({ alert: { alert_id, event_id, tenant, agent, summary } }: { alert: Tried }): ReactNode {
  const address = alert_id === null ? eventAddress(event_id, tenant, agent) : alertAddress(alert_id)
  return <Link href={address}>{summary}</Link>
}

const alertColumns: readonly Column<Tried>[] = [
  { name: 'Alert', heads: true, cell: (alert) => <AlertText alert={alert} /> },
  { name: 'Agent', cell: ({ tenant, agent }) => <AgentLink tenant={tenant} agent={agent} /> },
  { name: 'Severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  { name: 'Answer', cell: ({ answer }) => answers[answer] },
  { name: 'Opened', cell: ({ opened_at }) => <When ms={opened_at} /> },
]

const changeColumns: readonly Column<TriedChange>[] = [
  { name: 'Alert', heads: true, cell: ({ before }) => <AlertText alert={before} /> },
  { name: 'Agent', cell: ({ before: { tenant, agent } }) => <AgentLink tenant={tenant} agent={agent} /> },
  { name: 'Now', cell: ({ before }) => <Graded of={before} /> },
  { name: 'Proposed', cell: ({ after }) => <Graded of={after} /> },
]

const Graded = ({ of: { severity, answer } }: { of: Tried }) => (
  <>
    <SeverityBadge severity={severity} /> {answers[answer]}
  </>
)

const commandColumns: readonly Column<TriedCommand>[] = [
  { name: 'It hits', heads: true, cell: ({ hits }) => hits },
  { name: 'Agent', cell: ({ tenant, agent }) => <AgentLink tenant={tenant} agent={agent} /> },
  { name: 'Now', cell: ({ before }) => (before === null ? 'no command' : fates[before]) },
  { name: 'Proposed', cell: ({ after }) => (after === null ? 'no command' : fates[after]) },
  { name: 'When', cell: ({ at }) => <When ms={at} /> },
  {
    name: 'Alert',
    cell: ({ alert_id }) => (alert_id === null ? '–' : <Link href={alertAddress(alert_id)}>open</Link>),
  },
]
