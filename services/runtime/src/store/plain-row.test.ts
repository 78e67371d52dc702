import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { arePlainRows } from './plain-row.ts'

const plain = z.object({ tenant: z.string(), n: z.number() })

test('a row that is taken as it stands is one that zod gives back as it is, and all such rows are taken', () => {
  const value = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.constantFrom(null, undefined, true, [], {}, '1'))
  const row = fc.oneof(
    fc.record({ tenant: value, n: value }, { requiredKeys: [] }),
    fc.record({ tenant: fc.string(), n: fc.integer(), more: value }, { requiredKeys: ['tenant', 'n'] }),
    fc.record({ tenant: fc.string(), n: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    value,
  )
  fc.assert(
    fc.property(row, (one) => {
      const parsed = plain.safeParse(one)
      const isSame = parsed.success && Object.keys(one as object).length === Object.keys(parsed.data).length
      assert.equal(arePlainRows(plain, [one]), isSame)
      assert.equal(arePlainRows(plain, [{ tenant: 'acme', n: 1 }, one]), isSame, 'wherever it stands')
    }),
    { numRuns: 500 },
  )
})

test('a form that asks more than text or number, or changes what it reads, is for zod', () => {
  const rows = [{ x: 'a', n: 1 }]
  for (const x of [
    z.string().min(1),
    z.string().optional(),
    z.email(),
    z.coerce.string(),
    z.string().transform(String),
  ])
    assert.equal(arePlainRows(z.object({ x, n: z.number() }), rows), false)
  for (const n of [z.number().int(), z.int(), z.coerce.number(), z.number().positive(), z.number().nullable()])
    assert.equal(arePlainRows(z.object({ x: z.string(), n }), rows), false)
  assert.equal(arePlainRows(z.object({ x: z.string(), n: z.number() }).strict(), rows), false)
  assert.equal(
    arePlainRows(
      z.object({ x: z.string(), n: z.number() }).refine(() => false),
      rows,
    ),
    false,
  )
  assert.equal(
    arePlainRows(
      z.object({ x: z.string(), n: z.number() }).transform((row) => row),
      rows,
    ),
    false,
  )
  assert.equal(arePlainRows(z.unknown(), rows), false)
  assert.equal(arePlainRows(z.object({ x: z.string(), n: z.number() }), rows), true)
})
