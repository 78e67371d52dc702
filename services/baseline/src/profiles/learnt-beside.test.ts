import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LearntEvent } from './import-history.ts'
import { LearntBeside } from './learnt-beside.ts'

const order = { flows: null, closed: [], passed: [] } as unknown as LearntEvent['order']
const learntOf = (agent: string, id: string): LearntEvent =>
  ({ event: { tenant: 'acme', agent, id }, order }) as unknown as LearntEvent

test("one agent's flood of history takes no place from another's: whoever has most gives way, the oldest first", () => {
  const beside = new LearntBeside(100)
  for (let at = 0; at < 30; at++) beside.add(learntOf('payer', `p${at}`))
  for (let at = 0; at < 10; at++) beside.add(learntOf('mailer', `m${at}`))
  for (let at = 0; at < 5_000; at++) beside.add(learntOf('flood', `f${at}`))
  const ids = beside.corrections().map(({ event }) => event.id)
  assert.equal(beside.seen, 5_040)
  assert.equal(ids.length, 100)
  assert.deepEqual(ids.slice(0, 40), [
    ...Array.from({ length: 30 }, (_, at) => `p${at}`),
    ...Array.from({ length: 10 }, (_, at) => `m${at}`),
  ])
  assert.deepEqual(
    ids.slice(40),
    Array.from({ length: 60 }, (_, at) => `f${4_940 + at}`),
  )
})

test('thousands of made-up agents stay within the bound, in the order of the import', () => {
  const beside = new LearntBeside(100)
  for (let at = 0; at < 1_000; at++) for (const of of ['a', 'b']) beside.add(learntOf(`${of}${at}`, `${of}${at}`))
  const found = beside.corrections()
  assert.equal(found.length, 100)
  assert.equal(found.at(-1)?.event.id, 'b999')
})
