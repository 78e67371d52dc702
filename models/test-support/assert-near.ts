import assert from 'node:assert/strict'

/** Named numbers that must agree to 1e-9. */
export function assertNear(actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort())
  for (const [name, value] of Object.entries(expected))
    assert.ok(Math.abs((actual[name] as number) - value) < 1e-9, `${name} is ${actual[name]}, expected ${value}`)
}
