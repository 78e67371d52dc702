import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createYoungAlerts } from '@straylight/console/alerts/young-alerts'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { topics } from '@straylight/schemas/topics'
import { sampleAlertOf } from '../../services/respond/test-support/sample-alert.ts'

test('an alert that the store has not yet is found in the log, and asking for what is not there reads nothing again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-young-'))
  const log = await openEmbeddedLog({ directory: folder })
  try {
    await log.ensureTopics([topics.alerts], 1)
    let read = 0
    const counting = {
      ...log,
      endOffset: log.endOffset.bind(log),
      startOffset: log.startOffset.bind(log),
      read: (...asked: Parameters<typeof log.read>) => {
        read += asked[2] - asked[1]
        return log.read(...asked)
      },
    }
    const young = createYoungAlerts(counting)
    const put = async (...ids: string[]) => {
      const records = ids.map((id) => ({
        ...{ topic: topics.alerts.name, partition: 0, key: id, headers: {} },
        value: Buffer.from(JSON.stringify(sampleAlertOf({}, { id }))),
      }))
      await log.append(records as never)
    }
    await put(...Array.from({ length: 600 }, (_none, at) => `alr_${at}`))
    assert.equal((await young('alr_599'))?.alert.id, 'alr_599')
    assert.equal(await young('alr_0'), undefined, 'older ones are in the store')
    const before = read
    await Promise.all(Array.from({ length: 100 }, (_none, at) => young(`alr_made_up_${at}`)))
    assert.equal(read, before)
    await put('alr_new')
    assert.equal((await young('alr_new'))?.alert.id, 'alr_new')
  } finally {
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
})
