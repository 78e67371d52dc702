import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { afterProcessing, furthestOf, isProcessed, noPositions, ProcessedPositions } from './processed-positions.ts'

const at = (offset: number, open_from?: number) => ({
  log: { topic: 'agent.events.v1', partition: 3, offset },
  ...(open_from === undefined ? {} : { open_from }),
})

test('findings in order are known by the highest alone', () => {
  const processed = [at(4), at(9)].reduce(afterProcessing, noPositions())
  assert.deepEqual(processed, { ...noPositions(), findings: { 'agent.events.v1/3': 9 } })
  for (const offset of [0, 4, 9]) assert.ok(isProcessed(processed, at(offset)))
  assert.ok(!isProcessed(processed, at(10)))
})

test('while an agent waits for its profile, findings of later events are known one by one', () => {
  let processed = [at(4), at(12, 7), at(9, 7)].reduce(afterProcessing, noPositions())
  assert.deepEqual(processed.findings, { 'agent.events.v1/3': 6 })
  assert.deepEqual(
    [4, 6, 7, 9, 11, 12].map((offset) => isProcessed(processed, at(offset))),
    [true, true, false, true, false, true],
  )
  processed = afterProcessing(processed, at(7))
  assert.deepEqual(processed.ahead, { 'agent.events.v1/3': [12, 9] })
  processed = afterProcessing(processed, at(20))
  assert.deepEqual(processed, { ...noPositions(), findings: { 'agent.events.v1/3': 20 } })
})

test('what an older journal said is read, and two are put together', () => {
  const old = ProcessedPositions.parse({ findings: { 'agent.events.v1/3': 5 }, verdicts: 1, results: 2 })
  const other = [at(4), at(12, 9)].reduce(afterProcessing, noPositions())
  const both = furthestOf(old, other)
  assert.deepEqual(both.findings, { 'agent.events.v1/3': 8 })
  assert.deepEqual(both.ahead, { 'agent.events.v1/3': [12] })
  assert.deepEqual(furthestOf(both, afterProcessing(noPositions(), at(30))).ahead, {})
})

test('however late some come, and however often all come again, each is taken once', () => {
  /** Which offsets wait, and after how many others each comes. */
  const waits = fc.dictionary(fc.integer({ min: 0, max: 30 }).map(String), fc.integer({ min: 1, max: 20 }))
  fc.assert(
    fc.property(waits, fc.array(fc.nat(60)), (late, restarts) => {
      const due = (offset: number) => offset + (late[offset] ?? 0)
      const order = Array.from({ length: 31 }, (_, offset) => offset).sort((a, b) => due(a) - due(b) || a - b)
      const sent = order.map((offset, turn) => {
        const open = Math.min(...order.slice(turn + 1))
        return open < offset ? at(offset, open) : at(offset)
      })
      // After a restart all that is not done comes again, in order, without anybody waiting.
      const again = restarts.flatMap((turn) => {
        const from = Math.min(...order.slice(turn % 31))
        return Array.from({ length: 31 - from }, (_, offset) => at(from + offset))
      })
      for (const cut of restarts.slice(0, 1).concat(30)) {
        let processed = noPositions()
        const taken: number[] = []
        const from = Math.min(...order.slice(cut % 31), 31)
        const rest = Array.from({ length: 31 - from }, (_, offset) => at(from + offset))
        for (const found of [...sent.slice(0, cut % 31), ...rest, ...again]) {
          if (isProcessed(processed, found)) continue
          taken.push(found.log.offset)
          processed = afterProcessing(processed, found)
        }
        assert.deepEqual(
          taken.sort((a, b) => a - b),
          [...order].sort((a, b) => a - b),
        )
      }
    }),
  )
})
