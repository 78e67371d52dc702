import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { topics } from '@straylight/schemas/topics'
import { watchTopics } from './watch-topics.ts'

test('tells of what comes from now on, causes before effects, and of everything before it ends', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-watch-'))
  const log = await openEmbeddedLog({ directory, durable: false })
  await log.ensureTopics([topics.revocations, topics.results], 1)
  const question = (value: string) => ({ topic: topics.revocations.name, key: 'k', value })
  const answer = (value: string) => ({ topic: topics.results.name, key: 'k', value })
  await log.append([question('before')])
  const seen: string[] = []
  const watch = await watchTopics(
    log,
    [topics.revocations.name, topics.results.name].map((topic) => ({
      topic,
      onRecord: ({ value }) => void seen.push(value.toString()),
    })),
  )
  const asked = Array.from({ length: 20 }, (_, number) => String(number))
  for (const number of asked) await log.append([question(`ask ${number}`), answer(`answer ${number}`)])
  await watch.stop()
  assert.equal(seen.length, 40)
  for (const number of asked) assert.ok(seen.indexOf(`ask ${number}`) < seen.indexOf(`answer ${number}`))
  assert.deepEqual(
    seen.filter((text) => text.startsWith('ask')),
    asked.map((number) => `ask ${number}`),
  )
  await log.close()
  await rm(directory, { recursive: true })
})
