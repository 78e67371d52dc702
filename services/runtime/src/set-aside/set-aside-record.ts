import { createHash } from 'node:crypto'
import { type SetAside, type SetAsideCode, setAsideHeadBytesMax } from '@straylight/schemas/set-aside'
import { topics } from '@straylight/schemas/topics'
import type { LogRecord, NewRecord } from '../log/log.ts'

/** Why a record is set aside, in a sentence, and the event that it holds, where a reader understood that much. */
export interface SetAsideReason {
  readonly code: SetAsideCode
  readonly reason: string
  readonly event?: SetAside['event']
}

type Placed = Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'timestamp' | 'value'>

/** What a stage that can't work with a record writes instead: a function of the record and the reason alone. */
export function setAsideRecord(stage: SetAside['stage'], record: Placed, why: SetAsideReason): NewRecord {
  const { topic, partition, offset, timestamp, value } = record
  const aside: SetAside = {
    stage,
    code: why.code,
    reason: sentence(why.reason),
    place: { topic, partition, offset, index: 0 },
    table: '',
    log_time: Math.max(0, timestamp),
    ...(why.event === undefined ? {} : { event: why.event }),
    ...keptOf(value),
  }
  return {
    topic: topics.setAside.name,
    partition: 0,
    key: `${stage}|${topic}|${partition}`,
    value: JSON.stringify(aside),
    timestamp,
  }
}

/** What is kept of bytes that were set aside: their measure, and so many as are bounded. */
export function keptOf(value: Buffer): Pick<SetAside, 'length_bytes' | 'sha256' | 'head_base64'> {
  return {
    length_bytes: value.length,
    sha256: createHash('sha256').update(value).digest('hex'),
    head_base64: value.toString('base64', 0, setAsideHeadBytesMax),
  }
}

/** Words that can be stored and shown: an error quotes what it met, which may hold anything. */
export const sentence = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .slice(0, 1000)
    .toWellFormed()
