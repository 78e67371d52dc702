import type { Log } from '@straylight/runtime/log/log'
import { AlertAssignee } from '@straylight/schemas/alert-assignee'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { topics } from '@straylight/schemas/topics'

/** Who works on these alerts (ids with their tenants) by the log alone, for whoever cannot ask the store. What says something else is passed over. */
export async function assigneesInLog(
  log: Log,
  alerts: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const place = { topic: topics.assignees.name, partition: 0 }
  const found = new Map<string, string>()
  const end = await log.endOffset(place)
  for await (const { value } of log.read(place, await log.startOffset(place), end)) {
    const said = AlertAssignee.safeParse(parsedJson(value.toString())).data
    if (said === undefined || alerts.get(said.alert_id) !== said.tenant) continue
    if (said.assignee === null) found.delete(said.alert_id)
    else found.set(said.alert_id, said.assignee)
  }
  return found
}
