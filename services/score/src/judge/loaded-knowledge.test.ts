import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeKnowledge } from '@straylight/events/knowledge-log'
import { ModelError } from '@straylight/models/scoring/scoring-model'
import type { Log, LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { daysOfWork } from '../../test-support/days-of-work.ts'
import { knowledgeOf, modelOf } from '../../test-support/knowledge-of.ts'
import { KnowledgeCache } from './loaded-knowledge.ts'

/** The reading half of a log with one topic, and how often it was read from its beginning. */
function memoryLog() {
  const records: LogRecord[] = []
  const log = {
    reads: 0,
    append: async (added: readonly NewRecord[]) => {
      for (const { topic, key, value, headers = {} } of added) {
        const offset = records.length
        records.push({ topic, partition: 0, offset, key, value: Buffer.from(value), headers, timestamp: 0 })
      }
    },
    startOffset: async () => 0,
    endOffset: async () => records.length,
    async *read() {
      log.reads++
      yield* records
    },
  }
  return log as typeof log & Log
}

const past = daysOfWork(60, 1)

test('an agent is set against its group, an agent of no group against its tenant, a stranger against nobody', async () => {
  const log = memoryLog()
  const registry = [
    { tenant: 'acme', agent: 'clerk', tier: 'critical' as const, role: 'finance', aliases: [] },
    { tenant: 'acme', agent: 'bot', tier: 'low' as const, role: 'finance', aliases: [] },
  ]
  await writeKnowledge(log, knowledgeOf(1, past, { registry }))
  const knowledge = await new KnowledgeCache(log).take(1)
  const bot = knowledge.surroundingsOf('acme', 'bot')
  assert.deepEqual([bot.group, bot.peers.agents, bot.tenant.agents], ['group', 3, 5])
  const clerk = knowledge.surroundingsOf('acme', 'clerk')
  assert.equal(clerk.group, '*', 'a role that nobody has learnt anything of is no group yet')
  assert.equal(clerk.peers, clerk.tenant)
  const foreign = knowledge.surroundingsOf('other', 'bot')
  assert.deepEqual([foreign.group, foreign.tenant.agents, foreign.tenant.table.size], ['*', 0, 0])
  assert.deepEqual(
    ['clerk', 'bot', 'nobody'].map((agent) => knowledge.tierOf('acme', agent)),
    ['critical', 'low', 'medium'],
  )
  assert.equal(knowledge.hasRegistry, true)
})

test('a version is read once, and its model shared with versions that carry the same', async () => {
  const log = memoryLog()
  for (const version of [1, 2]) await writeKnowledge(log, knowledgeOf(version, past))
  await writeKnowledge(log, knowledgeOf(3, past, { model: { ...modelOf(), name: 'another' } }))
  const cache = new KnowledgeCache(log)
  const [one, again, two, three] = [await cache.take(1), await cache.take(1), await cache.take(2), await cache.take(3)]
  assert.equal(one, again)
  assert.equal(log.reads, 3)
  assert.equal(one.model, two.model)
  assert.notEqual(two.model, three.model)
})

test('the newest version is there before its marker asks for it', async () => {
  const log = memoryLog()
  await writeKnowledge(log, knowledgeOf(1, past.slice(0, 5)))
  await writeKnowledge(log, knowledgeOf(2, past.slice(0, 5)))
  const cache = new KnowledgeCache(log)
  cache.ahead.look()
  // Asked for while it is on its way: it is not read twice.
  assert.equal((await cache.take(2)).version, 2)
  assert.equal(log.reads, 1)
  cache.ahead.look()
  await cache.ahead.settled()
  assert.equal(log.reads, 1, 'no sooner than half a second later is the log asked again')
})

test('who looks ahead in vain is reported when the version is needed', async () => {
  const log = memoryLog()
  log.endOffset = () => Promise.reject(new Error('no broker'))
  const cache = new KnowledgeCache(log)
  cache.ahead.look()
  await cache.ahead.settled()
  await assert.rejects(cache.take(1), /no broker/)
})

test('a version that left the cache can be read again', async () => {
  const log = memoryLog()
  for (const version of [1, 2, 3, 4, 5, 6]) await writeKnowledge(log, knowledgeOf(version, past.slice(0, 5)))
  const cache = new KnowledgeCache(log)
  for (const version of [1, 2, 3, 4, 5, 6, 1, 6]) assert.equal((await cache.take(version)).version, version)
})

test('a version that is not there, or whose model is of another program, is refused with what to do', async () => {
  const log = memoryLog()
  await writeKnowledge(log, knowledgeOf(2, past, { model: { ...modelOf(), features: ['mood'] } }))
  const cache = new KnowledgeCache(log)
  await assert.rejects(cache.take(1), /lacks version 1.*import history again/)
  await assert.rejects(
    cache.take(2),
    (error) => error instanceof ModelError && /version 2.*train it again/.test(error.message),
  )
})
