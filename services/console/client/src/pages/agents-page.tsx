import { agentSearchFields } from '@straylight/console/contract/agent-row'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { queryText } from '../api/call-api.ts'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { useShortcuts } from '../keyboard/shortcuts.tsx'
import { AgentsTable } from '../parts/agents-table.tsx'
import { countOf } from '../parts/quantity.ts'
import { useTitle } from '../parts/use-title.ts'

const sorts = {
  risk: 'Open alerts and risk',
  open_alerts: 'Number of open alerts',
  last_seen: 'Last seen',
  events: 'Events',
  name: 'Name',
} as const
type Sort = keyof typeof sorts
const sortNames = Object.keys(sorts) as Sort[]

/** All agents, by risk or otherwise. */
export function AgentsPage(): ReactNode {
  const given = new URLSearchParams(useSearch())
  const [, go] = useLocation()
  const filters = {
    search: given.get('search') ?? undefined,
    sort: sortNames.find((one) => one === given.get('sort')),
    cursor: given.get('cursor') ?? undefined,
  }
  const [search, setSearch] = useState(filters.search ?? '')
  useEffect(() => setSearch(filters.search ?? ''), [filters.search])
  const loaded = useLoaded('agents', filters)
  useTitle('Agents')
  useShortcuts([{ keys: '/', what: 'Search', run: () => document.getElementById('agent-search')?.focus() }])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    go(`/agents${queryText({ ...filters, search: search.trim(), cursor: undefined })}`)
  }
  return (
    <div className="page">
      <h1>Agents</h1>
      <div className="block no-print">
        <search aria-label="Search the agents">
          <form className="row" onSubmit={submit}>
            <label htmlFor="agent-search" className="unseen">
              Search the agents
            </label>
            <input
              id="agent-search"
              type="search"
              className="wide"
              placeholder="state:learning role:billing"
              value={search}
              onChange={(event) => setSearch(event.target.value)}
            />
            <button type="submit">Search</button>
            <label className="beside">
              Order
              <select
                value={filters.sort ?? 'risk'}
                onChange={(event) =>
                  go(`/agents${queryText({ ...filters, sort: event.target.value, cursor: undefined })}`)
                }
              >
                {sortNames.map((name) => (
                  <option key={name} value={name}>
                    {sorts[name]}
                  </option>
                ))}
              </select>
            </label>
          </form>
        </search>
        <p className="soft">Fields: {agentSearchFields.join(', ')}. A word alone is looked for in the name.</p>
      </div>
      <Shown of={loaded}>
        {({ items, total, next }) => (
          <section className="block" aria-label="Agents">
            <p role="status">{countOf(total, 'agent')}</p>
            <AgentsTable caption="Agents" rows={items} none="No agent matches." />
            {next === null ? null : (
              <Link className="button" href={`/agents${queryText({ ...filters, cursor: next })}`}>
                Next page
              </Link>
            )}
          </section>
        )}
      </Shown>
    </div>
  )
}
