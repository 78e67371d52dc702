import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '@straylight/schemas/finding'
import { type FeatureName, featureNames } from './feature.ts'
import { straysBeyondTool } from './strays-beyond-tool.ts'

// Promise 19: what several of a role begin is one question, and what goes beyond the tool is none.

const strays = (...terms: readonly (readonly [string, number])[]): boolean => {
  const contributions = terms.map(([feature, contribution]) => ({ feature, contribution }))
  return straysBeyondTool({ contributions } as unknown as Pick<Finding, 'contributions'>)
}
const tool = [
  ['system_new', 71],
  ['misplaced_excess', 12],
  ['step_new_peers', 4],
  ['arguments_surprise', 9],
] as const

test('a tool explains that it is new, where it comes in a session, and its arguments', () => {
  assert.equal(strays(...tool), false)
  assert.equal(strays(...tool, ['received_surprise', 1], ['time_surprise', 0.9], ['records_tail', 0.6]), false)
  assert.equal(strays(...tool, ['received_surprise', 4.1]), true)
})

test('it explains no amount, place, privilege, credential, boundary or flow, and nothing that it does not know', () => {
  const telling: readonly FeatureName[] = featureNames.filter((name) =>
    /^(amount_|session_excess|external_|destination_|privilege_new|outside_|opened_|window_|destructive_|tainted_|consequential_|credential_)/.test(
      name,
    ),
  )
  assert.ok(telling.length > 15, String(telling))
  for (const name of [...telling, 'credential_shared', 'of_a_later_model'])
    assert.equal(strays(...tool, [name, 4.1]), true, name)
  // However little an amount beyond all known adds, or an outside place that nobody knew.
  for (const name of ['amount_excess', 'session_excess', 'external_new', 'opened_to_everybody', 'consequential_excess'])
    assert.equal(strays(...tool, [name, 0.1]), true, name)
})
