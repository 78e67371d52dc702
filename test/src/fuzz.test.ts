import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '@straylight/runtime/store/store'
import { type FuzzOptions, fuzz } from '../test-support/fuzz-run.ts'

// Promise 10: whatever an agent, or whoever may write a topic, puts into a record, no stage stops and nothing is lost without a word.

const withStore = (store: Store, insert: Store['insert']): Store =>
  Object.assign(Object.create(store) as Store, { insert })

test('20,000 mutated records and messages stop nothing, and every one is an event, a rejection or set aside', async () => {
  const summary = await fuzz({ records: 20_000, seed: 11 })
  const { failing, ...counts } = summary
  assert.deepEqual(failing, [])
  assert.equal(counts.throws, 0, JSON.stringify(counts))
  assert.equal(counts.refused_rows_unaccounted, 0)
  assert.equal(counts.inputs, counts.events + counts.rejections + counts.passed_over + counts.set_aside)
  assert.equal(counts.records, 20_000)
  assert.equal(counts.audit_records + counts.messages, 20_000)
  assert.equal(counts.unaccounted, 0)
  // It has fuzzed something: each way out was taken often.
  assert.ok(counts.events > 4_000 && counts.rejections > 4_000 && counts.rows_set_aside > 500, JSON.stringify(counts))
})

const small = (planted: FuzzOptions['planted'], records = 600) => fuzz({ records, seed: 3, planted })

test('a stage that throws on one text is found, with the record that shows it, and that record alone shows it again', async () => {
  const planted: FuzzOptions['planted'] = {
    stageOf: (stage) => {
      if (stage.name !== 'ingest') return stage
      const process: typeof stage.process = async (batches) => {
        const values = batches.flatMap(({ records }) => records.map(({ value }) => value.toString()))
        if (values.some((value) => value.includes('toString'))) throw new TypeError('planted')
        return stage.process(batches)
      }
      return Object.assign(Object.create(stage) as typeof stage, { process })
    },
  }
  const summary = await small(planted, 60)
  assert.equal(summary.passed, false)
  assert.ok(summary.throws > 0)
  const culprit = summary.failing.find(({ what }) => /stops a stage: TypeError: planted/.test(what))
  assert.ok(culprit !== undefined, JSON.stringify(summary.failing))
  const again = await fuzz({ records: 1, seed: 3, only: culprit.index, planted })
  assert.deepEqual([again.passed, again.throws], [false, 1])
  assert.equal((await fuzz({ records: 1, seed: 3, only: culprit.index })).passed, true)
})

test('a column that holds what the store refuses is found: the row is set aside, and named', async () => {
  const planted: FuzzOptions['planted'] = {
    storeOf: (store: Store) =>
      withStore(store, (table, rows, options) =>
        store.insert(
          table,
          rows.map((row) => (table === 'events' && row.bytes_sent === 212 ? { ...row, bytes_sent: 0.5 } : row)),
          options,
        ),
      ),
  }
  const summary = await small(planted)
  assert.ok(summary.refused_rows > 0 && summary.set_aside > 0)
  assert.equal(summary.refused_rows_unaccounted, 0)
  assert.equal(summary.inputs, summary.events + summary.rejections + summary.passed_over + summary.set_aside)
  assert.match(summary.failing[0]?.what ?? '', /refused_by_store/)
})

test('a row that is lost on its way to the store is found', async () => {
  const planted: FuzzOptions['planted'] = {
    storeOf: (store: Store) =>
      withStore(store, (table, rows, options) =>
        store.insert(table, table === 'events' ? rows.filter((row) => row.bytes_sent !== 212) : rows, options),
      ),
  }
  const summary = await small(planted)
  assert.equal(summary.passed, false)
  assert.ok(summary.refused_rows_unaccounted > 0)
  assert.match(summary.failing[0]?.what ?? '', /neither stored nor set aside/)
})

test('a fault that a guard catches counts as a throw all the same, though nothing stops and nothing is lost', async () => {
  const fail = ({ bytes_sent }: { bytes_sent?: number | undefined }) => {
    if (bytes_sent === 212) throw new RangeError('planted')
  }
  const summary = await small({ score: { faults: { onEvent: fail } }, baseline: { faults: { onEvent: fail } } })
  assert.equal(summary.passed, false)
  assert.ok(summary.throws > 0 && summary.set_aside > 0)
  assert.equal(summary.refused_rows_unaccounted, 0)
  assert.equal(summary.inputs, summary.events + summary.rejections + summary.passed_over + summary.set_aside)
})
