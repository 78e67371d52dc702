import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { deliveryHouse, until } from '../../test-support/delivery-house.ts'
import { detectionFindingShape } from '../../test-support/detection-finding-shape.ts'
import { startMs } from '../../test-support/finding-of.ts'
import { sampleAlertOf } from '../../test-support/sample-alert.ts'
import { detectionRecord } from './detection-record.ts'

const place = { topic: topics.detections.name, partition: 0 }

async function detectionsOf({ log }: Awaited<ReturnType<typeof deliveryHouse>>) {
  const [from, to] = [await log.startOffset(place), await log.endOffset(place)]
  const found = []
  if (to > from) {
    for await (const { value, key } of log.read(place, from, to)) {
      found.push({ key, body: detectionFindingShape.parse(JSON.parse(value.toString())) })
    }
  }
  return found
}

test('an alert is in the topic of OCSF findings as it opens and as it closes, without a webhook and never twice', async (t) => {
  const house = await deliveryHouse(t, { webhooks: {} })
  const running = await house.start()
  await house.say(1)
  const alertOf = (): Alert | undefined => [...running.respond.alerts()][0]
  await until(running, () => alertOf() !== undefined)
  // Evidence that is neither new nor graver is no news.
  await house.say(2)
  await until(running, () => alertOf()?.finding_count === 2)
  house.state.now += 2 * dayMs
  await until(running, () => alertOf()?.state === 'closed')
  await running.runner.close()
  const again = await house.start()
  await again.runner.step()
  await again.runner.close()
  const found = await detectionsOf(house)
  assert.deepEqual(
    found.map(({ body }) => [body.activity_name, body.status, body.severity]),
    [
      ['Create', 'New', 'High'],
      ['Close', 'Resolved', 'High'],
    ],
  )
  const { id } = alertOf() ?? { id: undefined }
  for (const { key, body } of found) assert.deepEqual([key, body.finding_info.uid], [id, id])
  assert.equal(new Set(found.map(({ body }) => body.metadata.uid)).size, 2)
})

test('the same revision that is written twice has the same id', () => {
  const record = () => JSON.parse(detectionRecord(sampleAlertOf(), 'agent.alert.created', startMs).value as string)
  assert.equal(record().metadata.uid, record().metadata.uid)
})
