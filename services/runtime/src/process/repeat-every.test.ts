import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repeatEvery } from './repeat-every.ts'

test('it goes on after an error and stops when asked, after the turn under way', async () => {
  const errors: unknown[] = []
  let turns = 0
  const third = resolvers()
  const stop = repeatEvery(
    1,
    async () => {
      turns += 1
      if (turns === 1) throw new Error('once')
      if (turns === 3) third.resolve()
    },
    (error) => errors.push(error),
  )
  await third.promise
  await stop()
  const after = turns
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(turns, after)
  assert.equal(errors.length, 1)
})

function resolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
