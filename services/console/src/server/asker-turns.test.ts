import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify, { type FastifyRequest } from 'fastify'
import { createAskerTurns, hasGone } from './asker-turns.ts'

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

test('who waits with a body that was read has not gone, and who hung up has', async () => {
  const turns = createAskerTurns()
  const app = Fastify({ forceCloseConnections: true })
  const asked: FastifyRequest[] = []
  const dropped: unknown[] = []
  let release: () => void = () => {}
  const released = new Promise<void>((open) => {
    release = open
  })
  app.post('/', async (request) => {
    asked.push(request)
    const end = await turns
      .take(ana, () => hasGone(request))
      .catch((error: unknown) => {
        dropped.push(request.body)
        throw error
      })
    await released
    end()
    return {}
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const post = (body: object, signal: AbortSignal | null = null) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal })
  try {
    const running = Array.from({ length: 6 }, () => post({}))
    while (asked.length < 6) await nextTurn()
    const leaving = new AbortController()
    const gone = post({ leaves: true }, leaving.signal)
    const stays = post({ stays: true })
    while (asked.length < 8) await nextTurn()
    leaving.abort()
    await assert.rejects(gone)
    while (!asked.some(hasGone)) await nextTurn()
    release()
    assert.deepEqual(
      (await Promise.all([...running, stays])).map(({ status }) => status),
      Array(7).fill(200),
    )
    assert.deepEqual(dropped, [{ leaves: true }])
  } finally {
    await app.close()
  }
})
