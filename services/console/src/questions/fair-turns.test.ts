import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFairTurns } from './fair-turns.ts'

test('each share begins one after the other, whoever has how many, and those of one in the order in which they came', async () => {
  const turns = createFairTurns(1)
  const begun: string[] = []
  const work = (share: string, name: string) =>
    turns.take(share, async () => {
      begun.push(name)
    })
  const all = [
    ...[1, 2, 3, 4].map((number) => work('acme', `acme ${number}`)),
    ...[1, 2].map((number) => work('beta', `beta ${number}`)),
    work('gamma', 'gamma 1'),
  ]
  assert.equal(turns.count('acme'), 4)
  await Promise.all(all)
  assert.deepEqual(begun, ['acme 1', 'acme 2', 'beta 1', 'gamma 1', 'acme 3', 'beta 2', 'acme 4'])
  assert.equal(turns.count('acme'), 0)
})

test('so many run at once, and what fails gives its turn on', async () => {
  const turns = createFairTurns(2)
  let [running, most] = [0, 0]
  const work = async () => {
    running += 1
    most = Math.max(most, running)
    await Promise.resolve()
    running -= 1
    throw new Error('no')
  }
  const answers = await Promise.allSettled(Array.from({ length: 7 }, () => turns.take('acme', work)))
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(7).fill('rejected'),
  )
  assert.equal(most, 2)
})
