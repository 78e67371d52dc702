import { formatsIn } from '@straylight/ingest/rejection-groups'
import type { Log } from '@straylight/runtime/log/log'
import { Rejection } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'

/** Rejections that are looked at for their formats. */
const lookedAtMax = 1_000

/** Why a run read no event: rejections by code, and the formats that the rejected values look like. */
export interface NothingRead {
  readonly by_code: Readonly<Record<string, number>>
  readonly formats: readonly string[]
}

export async function lookAtNothingRead(log: Log): Promise<NothingRead> {
  const codes = new Map<string, number>()
  const formats = new Set<string>()
  let lookedAt = 0
  for (let partition = 0; partition < (await log.partitionCount(topics.rejected.name)); partition++) {
    const place = { topic: topics.rejected.name, partition }
    for await (const { value } of log.read(place, 0, await log.endOffset(place))) {
      const { code, head_base64 } = Rejection.parse(JSON.parse(value.toString()))
      codes.set(code, (codes.get(code) ?? 0) + 1)
      if (lookedAt++ < lookedAtMax)
        for (const format of formatsIn(Buffer.from(head_base64, 'base64'))) formats.add(format)
    }
  }
  return { by_code: Object.fromEntries(codes), formats: [...formats] }
}

export function nothingReadSentence({ by_code, formats }: NothingRead): string {
  const counted = Object.entries(by_code).map(([code, count]) => `${count} ${code}`)
  const seen =
    formats.length === 0 ? 'They are in no format that Straylight knows' : `They look like ${formats.join(', ')}`
  return `Nothing could be read: ${counted.join(', ')}. ${seen}; \`straylight inputs explain\` says more.`
}
