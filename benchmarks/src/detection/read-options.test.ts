import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions, UsageError } from './read-options.ts'

test('without --data the command says which folder it wants', () => {
  assert.throws(
    () => readOptions([]),
    (error) => error instanceof UsageError && /--data is missing: .*folder/.test(error.message),
  )
})

test('what is not said is all modes and three seeds, and with --quick the least', () => {
  const { modes, seeds, streams, quick } = readOptions(['--data', 'd'])
  assert.deepEqual(
    { modes, seeds, streams, quick },
    { modes: ['sparse', 'all'], seeds: 3, streams: undefined, quick: false },
  )
  const short = readOptions(['--data', 'd', '--quick'])
  assert.deepEqual([short.modes, short.seeds], [['sparse'], 1])
  assert.deepEqual(readOptions(['--data', 'd', '--streams', 'a,b', '--seeds', '5']).streams, ['a', 'b'])
})

test('leaving one out is asked for by its name', () => {
  assert.equal(readOptions(['--data', 'd']).leaveOneOut, false)
  assert.equal(readOptions(['--data', 'd', '--leave-one-out']).leaveOneOut, true)
})

test('tails of simulated deployments need no data', () => {
  assert.equal(readOptions(['--tails']).tails, true)
  assert.equal(readOptions(['--data', 'd']).tails, false)
})

test('wrong words are named', () => {
  assert.throws(() => readOptions(['--data', 'd', '--modes', 'some']), /--modes some/)
  assert.throws(() => readOptions(['--data', 'd', '--seeds', '0']), /--seeds 0/)
  assert.throws(() => readOptions(['--data', 'd', '--colour']), UsageError)
})
