import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createAskerTurns } from './asker-turns.ts'

const ana = { user: 'ana', tenant: 'acme' }
const ben = { user: 'ben', tenant: 'beta' }
const here = () => false

test('who asks much waits behind their own questions, and nobody else does', async () => {
  const turns = createAskerTurns()
  const ends = await Promise.all(Array.from({ length: 6 }, () => turns.take(ana, here)))
  let begun = 0
  const rest = Array.from({ length: 48 }, () =>
    turns.take(ana, here).then((end) => {
      begun++
      return end
    }),
  )
  await assert.rejects(turns.take(ana, here), { code: 'too_many', status: 429 })
  const other = await turns.take(ben, here)
  assert.equal(begun, 0)
  other()
  for (const end of ends) end()
  await nextTurn()
  await nextTurn()
  assert.equal(begun, 6)
  for (const one of rest) (await one)()
  assert.equal(begun, 48)
})

test('people of one tenant together have a bound, whatever they are called', async () => {
  const turns = createAskerTurns()
  for (let person = 0; person < 12; person++) await turns.take({ user: `u${person}`, tenant: 'acme' }, here)
  let isBegun = false
  void turns.take({ user: 'another', tenant: 'acme' }, here).then(() => {
    isBegun = true
  })
  await turns.take(ben, here)
  await nextTurn()
  assert.equal(isBegun, false)
})

test('a question whose asker has gone is dropped before it costs anything', async () => {
  const turns = createAskerTurns()
  const ends = await Promise.all(Array.from({ length: 6 }, () => turns.take(ana, here)))
  const gone = turns.take(ana, () => true)
  const next = turns.take(ana, here)
  ends[0]?.()
  await assert.rejects(gone)
  ;(await next)()
})
