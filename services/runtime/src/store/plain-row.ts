import { z } from 'zod'

type IsValue = (value: unknown) => boolean

const isText: IsValue = (value) => typeof value === 'string'
/** JSON holds no other numbers. */
const isNumber: IsValue = (value) => typeof value === 'number' && Number.isFinite(value)

/**
 * Whether each of the rows is of a form made of plain texts and numbers alone, so that `row.safeParse` would give each back as it is:
 * an answer may have a hundred thousand rows, and zod takes a microsecond and more for each. False where zod has to be asked.
 */
export function arePlainRows(row: z.ZodType, rows: readonly unknown[]): boolean {
  const checks = checksOf(row)
  return checks !== undefined && rows.every((one) => isPlainRow(checks, one))
}

type Checks = readonly (readonly [name: string, is: IsValue])[]

/** As many as there are queries. */
const known = new WeakMap<z.ZodType, { readonly checks: Checks | undefined }>()

function checksOf(row: z.ZodType): Checks | undefined {
  const before = known.get(row)
  if (before !== undefined) return before.checks
  const checks =
    row instanceof z.ZodObject && row.def.catchall === undefined && isBare(row.def)
      ? checksOfShape(row.shape)
      : undefined
  known.set(row, { checks })
  return checks
}

function checksOfShape(shape: Readonly<Record<string, unknown>>): Checks | undefined {
  const checks = Object.entries(shape).map(([name, type]) => [name, checkOf(type)] as const)
  return checks.every((check): check is readonly [string, IsValue] => check[1] !== undefined) ? checks : undefined
}

/** Undefined for what asks more than for its type, or changes what it reads. */
function checkOf(type: unknown): IsValue | undefined {
  if (type instanceof z.ZodString) return isBare(type.def) ? isText : undefined
  if (type instanceof z.ZodNumber) return isBare(type.def) ? isNumber : undefined
  return undefined
}

const isBare = (def: object): boolean =>
  !('format' in def) && !('coerce' in def && def.coerce === true) && !('checks' in def && isFilled(def.checks))

const isFilled = (checks: unknown): boolean => Array.isArray(checks) && checks.length > 0

function isPlainRow(checks: Checks, row: unknown): boolean {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false
  const fields = row as Readonly<Record<string, unknown>>
  for (const [name, is] of checks) if (!is(fields[name])) return false
  // What the form does not name, zod would leave out.
  let names = 0
  for (const _ in fields) names++
  return names === checks.length
}
