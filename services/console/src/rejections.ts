import { createRejectionGroups } from '@straylight/ingest/rejection-groups'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { Rejection } from '@straylight/schemas/rejection'
import { z } from 'zod'
import { type Asker, tenantFor } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { RejectionList } from './contract/rejections.ts'
import { question } from './questions/ask.ts'

/** The newest so many are looked at. */
const readMax = 2_000
const groupsShownMax = 200

const newestRejections = question(
  'newest rejections',
  `SELECT r.record AS record, toUnixTimestamp64Milli(r.log_time) AS at FROM rejections AS r
WHERE ({tenant:String} = '' OR r.tenant = {tenant:String}) ORDER BY r.log_time DESC LIMIT ${readMax}`,
  z.object({ record: z.string(), at: z.number() }),
)

/** What could not be read, by code, field and origin. A record that names no tenant is shown to those who see all of them. */
export async function rejectionListOf(
  ground: ConsoleGround,
  asker: Asker,
  query: { tenant?: string | undefined },
): Promise<RejectionList> {
  const rows = await ground.ask(newestRejections, { tenant: tenantFor(asker, query.tenant) })
  const groups = createRejectionGroups()
  let read = 0
  for (const { record, at } of rows) {
    const rejection = Rejection.safeParse(parsedJson(record)).data
    if (rejection === undefined) continue
    read += 1
    groups.add(rejection, at)
  }
  const listed = groups.list()
  const items = listed.slice(0, groupsShownMax).map(({ sample, newest_at, ...group }) => ({
    ...group,
    newest_at: newest_at ?? 0,
    sample: { ...sample, formats: [...sample.formats] },
  }))
  return { as_of: ground.now(), read, items, more: listed.length > items.length || rows.length === readMax }
}
