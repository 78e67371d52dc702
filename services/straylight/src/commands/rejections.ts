import { createRejectionGroups, type RejectionGroup } from '@straylight/ingest/rejection-groups'
import type { Log } from '@straylight/runtime/log/log'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { counted } from '@straylight/schemas/counted'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { Rejection } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import { withLog } from '../deployment/open-deployment.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface RejectionsOptions {
  readonly limit: number
}

/** `straylight rejections`: what could not be read, by code, field, origin and kind of reason, the most frequent first, with a sample of each. */
export async function rejections(output: CommandOutput, { limit }: RejectionsOptions): Promise<number> {
  if (limit === 0) throw new WrongUsage('--limit 0 reads nothing: expected a whole number from 1 up')
  const { groups, read, unreadable, stored } = await withLog(readSettings(AllSettings), (log) => grouped(log, limit))
  for (const group of groups) for (const line of groupLines(group)) output.say(line)
  output.say(
    read === 0 ? 'Nothing was rejected.' : `${counted(read, 'rejected record')}, ${counted(groups.length, 'kind')}.`,
  )
  if (stored > read + unreadable)
    output.say(`These are the newest: ${stored} are stored, and --limit ${stored} reads them all.`)
  if (unreadable > 0)
    output.say(
      `${counted(unreadable, 'record')} of ${topics.rejected.name} ${unreadable === 1 ? 'is no rejection' : 'are no rejections'}: somebody else writes there.`,
    )
  output.result({ rejections: read, stored, unreadable, groups })
  return 0
}

/** The newest of each partition, so many in all; `stored`: of how many. */
async function grouped(log: Log, limit: number) {
  const groups = createRejectionGroups()
  const partitions = await log.partitionCount(topics.rejected.name)
  const each = Math.ceil(limit / Math.max(1, partitions))
  let read = 0
  let unreadable = 0
  let stored = 0
  for (let partition = 0; partition < partitions; partition++) {
    const place = { topic: topics.rejected.name, partition }
    const end = await log.endOffset(place)
    const start = await log.startOffset(place)
    const from = Math.max(start, end - each)
    stored += end - start
    for await (const { value } of log.read(place, from, end)) {
      const { success, data } = Rejection.safeParse(parsedJson(value.toString()))
      if (success) groups.add(data)
      else unreadable++
      if (success) read++
    }
  }
  return { groups: groups.list(), read, unreadable, stored }
}

export function groupLines({ code, path, origin, count, sample }: RejectionGroup): string[] {
  const looksLike = sample.formats.length === 0 ? '' : ` (looks like ${sample.formats.join(', ')})`
  return [
    `${count} × ${code}${path === null ? '' : ` at ${path}`}${origin === null ? '' : `, from ${origin}`}${looksLike}`,
    `    such as ${sample.origin ?? `${sample.topic}/${sample.partition}/${sample.offset}`}: ${sample.reason}`,
    `    ${sample.head}`,
  ]
}
