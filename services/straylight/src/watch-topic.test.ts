import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEmbeddedLog } from '@straylight/runtime/embedded-log'
import { topics } from '@straylight/schemas/topics'
import { watchTopic } from './watch-topic.ts'

test('tells of what comes from now on, in order, and of everything before it ends', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-watch-'))
  const log = await openEmbeddedLog({ directory, durable: false })
  await log.ensureTopics([topics.alerts], 1)
  const append = (value: string) => log.append([{ topic: topics.alerts.name, key: 'k', value }])
  await append('before')
  const seen: string[] = []
  const watch = await watchTopic(log, topics.alerts.name, ({ value }) => void seen.push(value.toString()))
  for (const value of ['one', 'two', 'three']) await append(value)
  await watch.stop()
  assert.deepEqual(seen, ['one', 'two', 'three'])
  await log.close()
  await rm(directory, { recursive: true })
})
