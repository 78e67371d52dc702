import { join } from 'node:path'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import type { Store } from '@straylight/runtime/store/store'
import { topics } from '@straylight/schemas/topics'
import { createScore } from '@straylight/score/create-score'
import { findingsOf } from 'straylight/replay/replay-judgements'

/** All that score reads. */
const scored = [topics.events, topics.credentials, topics.knowledge]

/**
 * The findings of one score that nobody disturbs, over a copy of what another run left in its log, offsets included:
 * by id, each as its text. `store` is empty; `recordsMax` is what a poll brings of a partition; `goOn` gets the copy.
 */
export async function scoreAgain(from: {
  log: Log
  store: Store
  folder: string
  recordsMax?: number
  goOn?: (log: Log) => Promise<void>
}): Promise<Map<string, string>> {
  const log = await openEmbeddedLog({ directory: join(from.folder, 'score-again'), durable: false })
  try {
    const partitions = await from.log.partitionCount(topics.events.name)
    await log.ensureTopics(Object.values(topics), partitions)
    for (const { name } of scored) await copyTopic(from.log, log, name)
    await openTensorBackend('wasm')
    const score = createScore({ log, store: from.store })
    if (from.recordsMax !== undefined) Object.assign(score, { batchRecordsMax: from.recordsMax })
    const runner = await openStageRunner(score, log)
    for (let quiet = 0; quiet < 2; ) quiet = (await runner.step()) === 0 ? quiet + 1 : 0
    await runner.close()
    const findings = await findingsOf(log)
    await from.goOn?.(log)
    return new Map(findings.map((finding) => [finding.id, JSON.stringify(finding)]))
  } finally {
    await log.close()
  }
}

async function copyTopic(from: Log, to: Log, topic: string): Promise<void> {
  for (let partition = 0; partition < (await from.partitionCount(topic)); partition++) {
    const place = { topic, partition }
    const copied: NewRecord[] = []
    for await (const record of from.read(place, 0, await from.endOffset(place))) {
      const { key, value, headers, timestamp, offset } = record
      copied.push({ topic, partition, key, value, headers, timestamp })
      if (offset !== copied.length - 1) throw new Error(`${topic}/${partition} has no record before ${offset}`)
    }
    await to.append(copied)
  }
}
