import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { topics } from '@straylight/schemas/topics'
import { nativeEvent } from '../../test-support/audit-record.ts'
import { appendInput } from './append-input.ts'
import { readFiles } from './read-files.ts'

test('input reaches the log whole, in order for each agent, at the time of its events', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-append-'))
  const log = await openEmbeddedLog({ directory: folder, durable: false })
  try {
    await log.ensureTopics([topics.audit], 3)
    const start = Date.parse(nativeEvent.time)
    const lines = Array.from({ length: 700 }, (_, n) =>
      JSON.stringify({ ...nativeEvent, id: `e-${n}`, agent: `a-${n % 7}`, time: new Date(start + n).toISOString() }),
    )
    const batches: number[] = []
    const total = await appendInput(
      log,
      readFiles(['-'], { stdin: () => Readable.from([Buffer.from(lines.join('\n'))]) }),
      {
        logTime: 'event',
        batchRecordsMax: 300,
        onAppended: ({ records }) => void batches.push(records),
      },
    )
    assert.equal(total.records, 700)
    assert.deepEqual(batches, [300, 600, 700])
    const byAgent = new Map<string, number[]>()
    for (const partition of [0, 1, 2].map((index) => ({ topic: topics.audit.name, partition: index }))) {
      for await (const record of log.read(partition, 0, await log.endOffset(partition))) {
        const { id, agent, time } = JSON.parse(record.value.toString())
        assert.equal(record.timestamp, Date.parse(time))
        byAgent.set(agent, [...(byAgent.get(agent) ?? []), Number(id.slice(2))])
      }
    }
    assert.equal(byAgent.size, 7)
    for (const numbers of byAgent.values()) {
      assert.equal(numbers.length, 100)
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      )
    }
  } finally {
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
})
