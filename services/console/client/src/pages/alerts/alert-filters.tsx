import { alertSearchFields, alertSearchValues, stateUnsaid } from '@straylight/console/contract/alert-row'
import { type FormEvent, type ReactNode, useEffect, useId, useState } from 'react'
import { Link, useSearch } from 'wouter'
import type { QueueFilters } from './queue-filters.ts'
import { useSavedViews } from './saved-views.ts'

export interface AlertFiltersProps {
  readonly filters: QueueFilters
  readonly setFilters: (filters: QueueFilters) => void
}

/** Search, state, order, grouping and saved views. */
export function AlertFilters({ filters, setFilters }: AlertFiltersProps): ReactNode {
  const [search, setSearch] = useState(filters.search ?? '')
  useEffect(() => setSearch(filters.search ?? ''), [filters.search])
  const id = useId()
  const change = (changed: Partial<QueueFilters>) => setFilters({ ...filters, cursor: undefined, ...changed })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change({ search: search.trim() })
  }
  return (
    <div className="block no-print">
      <search aria-label="Search the alerts">
        <form className="row" onSubmit={submit}>
          <label htmlFor="alert-search" className="unseen">
            Search the alerts
          </label>
          <input
            id="alert-search"
            type="search"
            className="wide"
            placeholder="agent:billing-bot severity:high -verdict:false"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            aria-describedby={`${id}fields`}
          />
          <button type="submit">Search</button>
        </form>
      </search>
      <details>
        <summary>How to search</summary>
        <p id={`${id}fields`}>
          Words are looked for in the sentence, the agent and the target. <code>field:value</code> narrows it; a minus
          before it leaves out; <code>*</code> stands for any text; quotes hold words together. Fields:{' '}
          {alertSearchFields.join(', ')}. Known values:{' '}
          {Object.entries(alertSearchValues)
            .map(([field, values]) => `${field} ${values.filter((value) => value !== '').join(', ')}`)
            .join('; ')}
          .
        </p>
      </details>
      <div className="row">
        <Choice
          name="State"
          value={filters.state ?? stateUnsaid(filters.search)}
          options={{ open: 'Not closed', awaiting_approval: 'Waits for approval', closed: 'Closed', all: 'All' }}
          onChoose={(state) => change({ state })}
        />
        <Choice
          name="Severity"
          value={filters.severity_min ?? ''}
          options={{ '': 'Any', medium: 'Medium or more', high: 'High or more', critical: 'Critical' }}
          onChoose={(severity) => change({ severity_min: severity === '' ? undefined : severity })}
        />
        <Choice
          name="Order"
          value={filters.sort ?? 'gravest'}
          options={{
            gravest: 'Gravest first',
            newest: 'Newest first',
            oldest: 'Oldest first',
            changed: 'Changed last first',
            score: 'Highest score first',
            deadline: 'Nearest deadline first',
          }}
          onChoose={(sort) => change({ sort })}
        />
        <Choice
          name="Group by"
          value={filters.by ?? ''}
          options={{
            '': 'Nothing',
            agent: 'Agent',
            role: 'Role',
            cause: 'Cause',
            owner: 'Owner',
            severity: 'Severity',
          }}
          onChoose={(by) => change({ by: by === '' ? undefined : by })}
        />
      </div>
      <Views />
    </div>
  )
}

interface ChoiceProps<Value extends string> {
  readonly name: string
  readonly value: Value
  readonly options: Readonly<Partial<Record<Value, string>>>
  readonly onChoose: (value: Value) => void
}

function Choice<Value extends string>({ name, value, options, onChoose }: ChoiceProps<Value>): ReactNode {
  const names = Object.keys(options) as Value[]
  return (
    <label className="beside">
      {name}
      <select value={value} onChange={(event) => onChoose(names.find((one) => one === event.target.value) ?? value)}>
        {names.map((one) => (
          <option key={one} value={one}>
            {options[one]}
          </option>
        ))}
      </select>
    </label>
  )
}

function Views(): ReactNode {
  const { views, own, save, drop } = useSavedViews()
  const [name, setName] = useState('')
  const here = useSearch()
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save({ name: name.trim(), query: `?${here}` })
    setName('')
  }
  return (
    <nav aria-label="Saved views" className="row">
      {views.map((view) => (
        <span key={view.name} className="row">
          <Link href={`/alerts${view.query}`} aria-current={view.query === `?${here}` ? 'page' : undefined}>
            {view.name}
          </Link>
          {own.includes(view) ? (
            <button
              type="button"
              className="link"
              onClick={() => drop(view.name)}
              aria-label={`Forget the view ${view.name}`}
            >
              forget
            </button>
          ) : null}
        </span>
      ))}
      <details>
        <summary>Save this view</summary>
        <form className="row" onSubmit={submit}>
          <label htmlFor={`${id}name`}>Name</label>
          <input
            id={`${id}name`}
            required
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" disabled={name.trim() === ''}>
            Save in this browser
          </button>
        </form>
      </details>
    </nav>
  )
}
