import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createYoungAlerts } from '@straylight/console/alerts/young-alerts'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { Alert } from '@straylight/schemas/alert'
import { topics } from '@straylight/schemas/topics'

const alertOf = (id: string): Alert =>
  Alert.parse({
    ...{ id, revision: 1, tenant: 'acme', agent: 'bot', cause: 'volume', target: 'mail', tier: 'low', state: 'open' },
    ...{ severity: 'high', summary: 'It sent more than ever.', response: 'alert', command_state: 'none' },
    ...{ opened_at: 1, first_seen: 1, last_seen: 1, evidence_at: 1, finding_count: 1 },
    ...{ findings: [], event_ids: [], verdicts: [], deliveries: [] },
  })

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
        value: Buffer.from(JSON.stringify(alertOf(id))),
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
