import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeenVerdicts } from './seen-verdicts.ts'

test('promise 14: an issuer that gives verdicts without end takes no room from others, and gets its own back', () => {
  const seen = createSeenVerdicts(1_000, 3)
  const place = (issuer: string, at: number) => ({ issuer, at, offset: at })
  for (const at of [1, 2, 3]) assert.equal(seen.record(`flood-${at}`, place('flood', at)), true)
  assert.equal(seen.record('flood-4', place('flood', 4)), false)
  assert.equal(seen.placeOf('flood-4'), undefined)
  assert.equal(seen.record('soc-1', place('soc', 5)), true)
  assert.equal(seen.record('flood-1', place('flood', 6)), true, 'known already')
  assert.equal(seen.record('flood-5', place('flood', 1_003)), true, 'the first two are out of their life')
  assert.deepEqual(
    ['flood-1', 'flood-2', 'flood-3', 'soc-1'].map((id) => seen.placeOf(id)),
    [undefined, undefined, 3, 5],
  )
})
