import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beside } from './beside.ts'

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('what is asked for while work is under way is done behind it, one at a time', async () => {
  let waiting = 0
  let under = 0
  const work = beside(async () => {
    assert.equal(++under, 1, 'one at a time')
    const taken = waiting
    waiting = 0
    await nextTurn()
    under--
    return taken
  })
  for (let record = 0; record < 10; record++) {
    waiting++
    work.go()
    if (record % 3 === 0) await nextTurn()
  }
  assert.equal(await work.settled(), 10)
  assert.equal(waiting, 0)
  assert.equal(await work.settled(), 0, 'what was reported once is not reported again')
})

test('what fails is thrown where its end is waited for, and nothing is begun after it', async () => {
  let calls = 0
  const work = beside(async () => {
    calls++
    await nextTurn()
    throw new Error('the store is gone')
  })
  work.go()
  work.go()
  await work.ended()
  work.go()
  await assert.rejects(work.settled(), /the store is gone/)
  assert.equal(calls, 1)
})
