import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '@straylight/runtime/store/store'
import { StoreError } from '@straylight/runtime/store/store-error'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { createApprover } from '../test-support/create-approver.ts'
import { openEmbeddedRun, recordsOfTopic, revokingPolicy } from '../test-support/embedded-run.ts'
import { lentCredential, nativeRecord } from '../test-support/native-line.ts'

// Promise 4: detection and revocation go on while ClickHouse is down; the store catches up after.

const start = Date.parse('2026-03-12T08:00:00Z')

/** A store that stands behind a network which can be cut. */
function cuttable(store: Store) {
  const network = { cut: false, refused: 0 }
  const through = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (!network.cut) return work()
    network.refused += 1
    throw new StoreError('anything', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
  }
  const behind: Store = {
    kind: 'server',
    query: (query, parameters) => through(() => store.query(query, parameters)),
    run: (statement, parameters) => through(() => store.run(statement, parameters)),
    insert: (table, rows) => through(() => store.insert(table, rows)),
    close: () => store.close(),
  }
  return { behind, network }
}

const storedEvents = {
  name: 'test: events',
  sql: 'SELECT count() AS rows, uniqExact(event_id) AS ids FROM events FINAL',
  row: z.object({ rows: z.number(), ids: z.number() }),
}

test('while the store is away, events are scored and commands go out; then the store catches up', async () => {
  let now = start
  let cut: ReturnType<typeof cuttable> | undefined
  let away = 0
  const approver = await createApprover()
  const run = await openEmbeddedRun({
    policy: { ...revokingPolicy, issuers: [approver.issuer] },
    registry: {
      version: 1,
      agents: [0, 1, 2, 3, 4].flatMap((n) => [{ agent: `bot-${n}` }, { agent: `new-${n}` }]),
    },
    now: () => now,
    storeOf: (store) => {
      cut = cuttable(store)
      return cut.behind
    },
    score: { checkpointEvents: 50, onStoreAway: () => void away++ },
  })
  const network = cut?.network ?? assert.fail()
  const work = async (round: number) => {
    now = start + round * 600_000
    const ordinary = Array.from({ length: 200 }, (_, at) =>
      nativeRecord({ id: `r${round}-${at}`, agent: `bot-${at % 5}`, time: now + at * 100 }),
    )
    // Agents that are new come while the store is away as well.
    const lent = lentCredential({
      name: `lent-${round}`,
      time: now + 30_000,
      lender: `new-${round}`,
      borrower: 'bot-1',
    })
    await run.log.append([...ordinary, ...lent])
    now += 60_000
  }
  /** Whose a lent credential is, a person decides: while the store is away as well. */
  const decided = async () => {
    await approver.answerHeld(run.log, () => now)
    await run.drain(['respond'])
  }
  const commands = async () => (await recordsOfTopic(run.log, topics.revocations.name)).length
  try {
    await work(0)
    await run.drain()
    await decided()
    assert.equal(await commands(), 1)

    network.cut = true
    for (let round = 1; round <= 3; round++) {
      await work(round)
      await run.drain(['ingest', 'score', 'respond'])
      await decided()
      assert.equal(await commands(), 1 + round, 'the command of this round is out')
    }
    assert.ok(away > 0, 'score tried its checkpoint, said so, and went on')
    assert.equal((await run.log.committed('straylight-score', topics.events.name)).length, 2)
    await assert.rejects(run.step('baseline'), StoreError)

    network.cut = false
    await run.restart('baseline')
    await work(4)
    await run.drain()
    await decided()
    assert.equal(await commands(), 5)
    assert.deepEqual(await run.store.query(storedEvents, {}), [{ rows: 5 * 202, ids: 5 * 202 }])
    await run.score().checkpoint()
    const profiles = { name: 'test: profiles', sql: 'SELECT uniqExact(agent) AS agents FROM profiles' }
    const [row] = await run.store.query({ ...profiles, row: z.object({ agents: z.number() }) }, {})
    assert.equal(row?.agents, 5 + 5)
  } finally {
    network.cut = false
    await run.close()
  }
})
