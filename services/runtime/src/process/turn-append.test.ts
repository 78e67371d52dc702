import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewRecord } from '../log/log.ts'
import { TurnAppend } from './turn-append.ts'

const record = (value: string): NewRecord => ({ topic: 'out', key: 'k', value })

/** A log that takes a call when it is let. */
function heldLog() {
  const calls: { values: string[]; take: () => void; refuse: (error: Error) => void }[] = []
  const append = (records: readonly NewRecord[]) =>
    new Promise<void>((take, refuse) => {
      calls.push({ values: records.map(({ value }) => value.toString()), take, refuse })
    })
  return { calls, append }
}

test('what comes goes out at once, and what comes meanwhile goes with the next call', async () => {
  const log = heldLog()
  const turn = new TurnAppend(log)
  for (const value of ['a', 'b', 'c']) turn.add([record(value)])
  assert.deepEqual(
    log.calls.map(({ values }) => values),
    [['a']],
  )
  const done = turn.done()
  log.calls[0]?.take()
  await new Promise(setImmediate)
  assert.deepEqual(log.calls[1]?.values, ['b', 'c'])
  log.calls[1]?.take()
  await done
  turn.add([record('d')])
  assert.deepEqual(log.calls[2]?.values, ['d'])
  assert.equal(turn.written, 4)
})

test('behind records that the log did not take nothing is written', async () => {
  const log = heldLog()
  const turn = new TurnAppend(log)
  turn.add([record('a')])
  turn.add([record('b')])
  log.calls[0]?.refuse(new Error('no broker'))
  await new Promise(setImmediate)
  turn.add([record('c')])
  await assert.rejects(turn.done(), /no broker/)
  assert.equal(log.calls.length, 1)
})
