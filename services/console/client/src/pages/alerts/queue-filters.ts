import type { AlertGroupsQuery, AlertsQuery } from '@straylight/console/contract/alert-row'
import { useLocation, useSearch } from 'wouter'
import type { z } from 'zod'
import { queryText } from '../../api/call-api.ts'

/** What the queue is narrowed to. It stands in the address, so that a view can be shared. */
export type QueueFilters = z.input<typeof AlertsQuery> & { by?: z.input<typeof AlertGroupsQuery>['by'] }

const states = ['open', 'awaiting_approval', 'closed', 'all'] as const
const severities = ['low', 'medium', 'high', 'critical'] as const
const sorts = ['gravest', 'newest', 'oldest', 'changed', 'score', 'deadline'] as const
const groupings = ['agent', 'role', 'cause', 'owner', 'severity'] as const

const oneOf = <Value extends string>(values: readonly Value[], given: string | null): Value | undefined =>
  values.find((value) => value === given)

export function useQueueFilters(): [QueueFilters, (filters: QueueFilters) => void] {
  const search = useSearch()
  const [, go] = useLocation()
  return [filtersOf(search), (filters) => go(`/alerts${queryText(filters)}`)]
}

export function filtersOf(search: string): QueueFilters {
  const given = new URLSearchParams(search)
  const filters = {
    search: given.get('search') ?? undefined,
    state: oneOf(states, given.get('state')),
    severity_min: oneOf(severities, given.get('severity_min')),
    tenant: given.get('tenant') ?? undefined,
    sort: oneOf(sorts, given.get('sort')),
    cursor: given.get('cursor') ?? undefined,
    by: oneOf(groupings, given.get('by')),
  }
  return filters
}
