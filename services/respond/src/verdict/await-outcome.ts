import { setTimeout } from 'node:timers/promises'
import type { Log } from '@straylight/runtime/log/log'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { topics } from '@straylight/schemas/topics'
import { VerdictOutcome } from '@straylight/schemas/verdict-outcome'

const pauseMs = 100

/**
 * Appends a signed verdict and waits for what respond makes of it: its answer names the place where this very token stands
 * in the topic, since an id alone could be answered for somebody else's record. Undefined: no answer within `waitMs`.
 */
export async function appendAndAwait(
  log: Log,
  verdict: { alert: string; token: string },
  waitMs: number,
): Promise<VerdictOutcome | undefined> {
  const said = { topic: topics.verdicts.name, partition: 0 }
  const answered = { topic: topics.verdictResults.name, partition: 0 }
  const from = await log.endOffset(said)
  let next = await log.endOffset(answered)
  await log.append([{ topic: said.topic, key: verdict.alert, value: verdict.token }])
  const offset = await offsetOf(log, { ...said, from }, verdict.token)
  for (const until = Date.now() + waitMs; ; await setTimeout(pauseMs)) {
    const end = await log.endOffset(answered)
    for await (const { value } of end > next ? log.read(answered, next, end) : []) {
      const outcome = VerdictOutcome.safeParse(parsedJson(value.toString())).data
      if (outcome?.verdict_offset === offset) return outcome
    }
    next = end
    if (Date.now() >= until) return undefined
  }
}

async function offsetOf(
  log: Log,
  { topic, partition, from }: { topic: string; partition: number; from: number },
  token: string,
): Promise<number> {
  const place = { topic, partition }
  for await (const { value, offset } of log.read(place, from, await log.endOffset(place))) {
    if (value.toString() === token) return offset
  }
  throw new Error(`The verdict was appended to ${topic} and is not to be read there: is the topic another one's?`)
}
