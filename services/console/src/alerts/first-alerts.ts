import type { Ask } from '../questions/ask.ts'
import {
  type AlertPlace,
  type AskedOrder,
  alertPlacesQuestion,
  alertRowsQuestion,
  alertsAtPlacesQuestion,
  type StoredAlert,
} from './alert-rows.ts'
import type { AlertCondition } from './alert-search.ts'

/** Places asked for one row that is wanted, and at least: rows that another revision took the place of lie among them until they are merged away. */
const placesOfRow = 3
const placesMin = 50

/** The first rows that hold a condition, in an order. `parameters`: of the condition, the tenant and the place. */
export async function firstAlerts(
  ask: Ask,
  condition: AlertCondition,
  asked: AskedOrder & { parameters: { tenant: string } & Record<string, unknown>; rows: number },
): Promise<StoredAlert[]> {
  const { rows } = asked
  const parameters = { ...condition.parameters, ...asked.parameters }
  const placesMax = placesOfRow * rows + placesMin
  const places = await ask(alertPlacesQuestion(condition.sql, asked), { ...parameters, rows: placesMax })
  if (places.length === 0) return []
  const found = await ask(alertsAtPlacesQuestion(condition.sql, asked), {
    ...{ ...parameters, rows },
    ages: places.map(({ opened_at }) => -opened_at),
    tenants: places.map(({ tenant }) => tenant),
    ids: places.map(({ id }) => id),
  })
  if (places.length < placesMax || isWhole(found, places, rows)) return found
  return ask(alertRowsQuestion(condition.sql, asked), { ...parameters, rows })
}

/** Whether nothing before the last row that is wanted can be missing: it stands among the places itself, and so do all before it. */
function isWhole(found: readonly StoredAlert[], places: readonly AlertPlace[], rows: number): boolean {
  const last = found[rows - 1]
  return last !== undefined && places.some((place) => keyOf(place) === keyOf(last))
}

const keyOf = ({ place, tenant, id }: Pick<AlertPlace, 'place' | 'tenant' | 'id'>): string =>
  JSON.stringify([place, tenant, id])
