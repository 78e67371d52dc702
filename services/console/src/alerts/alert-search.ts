import { Severity } from '@straylight/schemas/finding'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { z } from 'zod'
import type { RegistryView } from '../agents/registry-view.ts'
import { type AlertsQuery, alertSearchFields, alertSearchValues, stateUnsaid } from '../contract/alert-row.ts'
import { likePattern, type SearchTerm, searchTerms, termMatches } from '../questions/search-terms.ts'

/** A condition on the latest revision of alerts: SQL of ours, and what people wrote as its parameters. */
export interface AlertCondition {
  readonly sql: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** The column of each field; `role` stands in the registry, `assignee` in a table of its own. */
const columns: Readonly<Record<Exclude<(typeof alertSearchFields)[number], 'role' | 'assignee'>, string>> = {
  id: 'a.id',
  tenant: 'a.tenant',
  agent: 'a.agent',
  owner: 'a.owner',
  tier: 'a.tier',
  cause: 'a.cause',
  target: 'a.target',
  state: 'a.state',
  severity: 'a.severity',
  response: 'a.response',
  command: 'a.command_state',
  verdict: 'a.verdict_answer',
  issuer: 'a.verdict_issuer',
}

type Asked = Pick<z.output<typeof AlertsQuery>, 'search' | 'state' | 'severity_min'>

/** Throws `bad_request` where the search is malformed. */
export function alertCondition(asked: Asked, registry: RegistryView): AlertCondition {
  const { search, severity_min } = asked
  const state = asked.state ?? stateUnsaid(search)
  const terms = searchTerms(search, alertSearchFields, alertSearchValues).map((term, index) =>
    conditionOf(term, `p${index}`, registry),
  )
  const loud = severity_min === undefined ? [] : Severity.options.slice(Severity.options.indexOf(severity_min))
  const parts = [
    ...(state === 'all' ? [] : [state === 'open' ? "a.state != 'closed'" : 'a.state = {state:String}']),
    ...(severity_min === undefined ? [] : ['a.severity IN {loud:Array(String)}']),
    ...terms.map(({ sql }) => sql),
  ]
  const parameters = Object.assign({ state, loud }, ...terms.map((term) => term.parameters))
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters }
}

function conditionOf(term: SearchTerm, name: string, registry: RegistryView): AlertCondition {
  const not = term.not ? 'NOT ' : ''
  if (term.field === 'role') {
    const agents = registry.agents.filter(({ role }) => role !== undefined && termMatches(term, role))
    const keys = agents.map(({ tenant, agent }) => partitionKeyOf(tenant, agent))
    return { sql: `${not}(concat(a.tenant, '|', a.agent) IN {${name}:Array(String)})`, parameters: { [name]: keys } }
  }
  if (term.field === 'assignee') {
    const assigned = `(a.tenant, a.id) GLOBAL IN (SELECT s.tenant, s.alert_id FROM assignees AS s FINAL
  WHERE s.assignee != '' AND ({tenant:String} = '' OR s.tenant = {tenant:String}) AND s.assignee ILIKE {${name}:String})`
    // Nothing between the quotes: what nobody works on.
    const nobody = term.value === ''
    const any = nobody ? { ...term, value: '*' } : term
    return { sql: `${not}(${nobody ? 'NOT ' : ''}${assigned})`, parameters: { [name]: likePattern(any) } }
  }
  const asked =
    term.field === null ? ['a.summary', 'a.agent', 'a.target'] : [columns[term.field as keyof typeof columns]]
  const any = asked.map((column) => `${column} ILIKE {${name}:String}`).join(' OR ')
  return { sql: `${not}(${any})`, parameters: { [name]: likePattern(term) } }
}
