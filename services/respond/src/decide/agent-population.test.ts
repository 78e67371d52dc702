import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeKnowledge } from '@straylight/events/knowledge-log'
import type { TopicPartition } from '@straylight/runtime/log/log'
import { knowledgeOf } from '../../test-support/knowledge-of.ts'
import { createMemoryLog } from '../../test-support/memory-log.ts'
import { createAgentPopulation } from './agent-population.ts'

/** A log with one version, and how often it was read. */
async function logWithKnowledge() {
  const log = createMemoryLog(() => 0)
  await writeKnowledge(log, knowledgeOf(12))
  let reads = 0
  const counting = {
    ...log,
    read: (at: TopicPartition, from: number, to: number) => {
      reads++
      return log.read(at, from, to)
    },
  }
  return { log: counting, reads: () => reads }
}

test('the newest version is counted before a finding names it', async () => {
  const { log, reads } = await logWithKnowledge()
  const population = createAgentPopulation(log)
  population.ahead.look()
  // Named while it is on its way: it is not read twice.
  assert.equal(await population.of('acme', 3), 12)
  assert.equal(reads(), 1)
})

test('who looks ahead in vain counts when a finding names the version', async () => {
  const { log, reads } = await logWithKnowledge()
  let away = true
  const endOffset = (at: TopicPartition) => (away ? Promise.reject(new Error('no broker')) : log.endOffset(at))
  const population = createAgentPopulation({ ...log, endOffset })
  population.ahead.look()
  await population.ahead.settled()
  await assert.rejects(population.of('acme', 3), /no broker/)
  away = false
  assert.equal(await population.of('acme', 3), 12)
  assert.equal(await population.of('nobody', 3), 0)
  assert.equal(reads(), 1)
})

test('promise 11: made-up agents do not count: a version says how many agents a tenant has, whatever its levels hold', async () => {
  const log = createMemoryLog(() => 0)
  await writeKnowledge(log, { ...knowledgeOf(512), population: [{ tenant: 'acme', agents: 12 }] })
  const population = createAgentPopulation(log)
  assert.deepEqual([await population.of('acme', 3), await population.of('nobody', 3)], [12, 0])
})
