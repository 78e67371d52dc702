import type { ReactNode } from 'react'
import { Shown, useLoaded } from '../../api/use-loaded.tsx'
import { SeverityBadge } from '../../parts/badge.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { countText, wordsOf } from '../../parts/quantity.ts'
import { When } from '../../parts/when.tsx'
import type { AlertFiltersProps } from './alert-filters.tsx'

const severities = ['critical', 'high', 'medium', 'low'] as const

/** The alerts that match, counted by what they have in common; choosing a group narrows the queue to it. */
export function AlertGroupsTable({ filters, setFilters }: AlertFiltersProps): ReactNode {
  const { cursor: _cursor, sort: _sort, ...query } = filters
  const loaded = useLoaded('alertGroups', query)
  const by = filters.by ?? 'agent'
  return (
    <Shown of={loaded}>
      {({ groups, more }) => (
        <div className="block">
          <DataTable
            caption={`Alerts by ${by}${more ? ', the gravest groups' : ''}`}
            hideCaption={false}
            rows={groups}
            keyOf={({ tenant, name }) => `${tenant} ${name}`}
            none="No alert matches."
            columns={[
              {
                name: wordsOf(by),
                heads: true,
                cell: ({ name, search }) =>
                  search === null ? (
                    (name ?? 'none')
                  ) : (
                    <button
                      type="button"
                      className="link"
                      onClick={() =>
                        setFilters({
                          ...filters,
                          by: undefined,
                          cursor: undefined,
                          search: joined(filters.search, search),
                        })
                      }
                    >
                      {name ?? 'none'}
                    </button>
                  ),
              },
              { name: 'Alerts', number: true, cell: ({ alerts }) => countText(alerts) },
              {
                name: 'Severities',
                cell: (group) => (
                  <span className="row">
                    {severities
                      .filter((severity) => (group.severities[severity] ?? 0) > 0)
                      .map((severity) => (
                        <span key={severity} className="nowrap">
                          {group.severities[severity]} <SeverityBadge severity={severity} />
                        </span>
                      ))}
                  </span>
                ),
              },
              { name: 'Newest', cell: ({ newest_at }) => <When ms={newest_at} ago /> },
            ]}
          />
        </div>
      )}
    </Shown>
  )
}

const joined = (before: string | undefined, term: string) => [before, term].filter(Boolean).join(' ')
