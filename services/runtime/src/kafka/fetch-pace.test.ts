import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFetchPace } from './fetch-pace.ts'

test('fetches come closer while turns are short and move apart when they are long', () => {
  let nowMs = 0
  const pace = createFetchPace(() => nowMs)
  const turns = (count: number, ms: number) => {
    for (let turn = 0; turn < count; turn++) {
      pace.turnBegins()
      nowMs += ms
      pace.turnEnds()
      nowMs += 1_000
    }
    return pace.everyMs()
  }
  assert.equal(pace.everyMs(), 20, 'nothing is known yet')
  assert.equal(turns(10, 1), 10)
  assert.ok(turns(20, 4) > 15 && turns(20, 4) < 17)
  assert.equal(turns(3, 200), 20)
  assert.equal(turns(20, 0), 10, 'time in which it waits for records is none of its turns')
})
