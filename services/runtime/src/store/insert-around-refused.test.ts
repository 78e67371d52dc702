import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { insertAroundRefused } from './insert-around-refused.ts'
import type { Row } from './insert-values.ts'
import { StoreError } from './store-error.ts'

// Promise 10: a row that the store refuses is set aside with its reason, and the others are stored.

const failure = (code: string) => new StoreError('insert into t', Object.assign(new Error('said'), { code }))
const ofData = '27'

/** A table that takes a batch unless one of its rows is bad. */
function tableOf(isBad: (row: Row) => boolean, { code = ofData, holdsForm = true } = {}) {
  const taken: Row[] = []
  let inserts = 0
  let asked = 0
  return {
    taken,
    inserts: () => inserts,
    asked: () => asked,
    around: {
      insert: async (rows: readonly Row[]) => {
        inserts++
        if (rows.some(isBad)) throw failure(code)
        taken.push(...rows)
      },
      holdsForm: async () => {
        asked++
        return holdsForm
      },
    },
  }
}

const rowsOf = (bad: readonly boolean[]): Row[] => bad.map((isBad, id) => ({ id, isBad }))

test('whatever rows are bad, those are set aside, each once, and all others are stored, within two inserts a row', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }), async (bad) => {
      const table = tableOf(({ isBad }) => isBad === true)
      const refused = await insertAroundRefused(rowsOf(bad), table.around)
      const ids = (rows: readonly Row[]) => rows.map(({ id }) => Number(id)).sort((a, b) => a - b)
      assert.deepEqual(ids(refused.map(({ row }) => row)), ids(rowsOf(bad).filter(({ isBad }) => isBad)))
      assert.deepEqual(ids(table.taken), ids(rowsOf(bad).filter(({ isBad }) => !isBad)))
      assert.ok(table.inserts() < 2 * bad.length)
    }),
  )
})

test('a fault of the store is no fault of a row: no table, no room, no memory, no rights, a lost connection, a cut body', async () => {
  for (const code of ['60', '243', '241', '497', 'ECONNRESET', '33', '16', '252']) {
    const table = tableOf(() => true, { code })
    await assert.rejects(insertAroundRefused(rowsOf([true, true]), table.around), (error) => {
      return error instanceof StoreError && error.code === code
    })
    assert.equal(table.inserts(), 1, `${code} was tried by halves`)
  }
})

test('a table whose columns can not hold what rows are made of is unwell, and no row is blamed', async () => {
  const table = tableOf(() => true, { holdsForm: false })
  await assert.rejects(insertAroundRefused(rowsOf([true]), table.around), /not what this program made/)
})

test('a flood of bad rows alone is set aside, and the table is asked once', async () => {
  const table = tableOf(() => true)
  const refused = await insertAroundRefused(rowsOf(Array.from({ length: 300 }, () => true)), table.around)
  assert.equal(refused.length, 300)
  assert.equal(table.asked(), 1)
})
