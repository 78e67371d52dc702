import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterNames } from './cluster-names.ts'

const groups = (of: Record<string, readonly string[]>) =>
  new Map(Object.entries(of).flatMap(([name, agents]) => agents.map((agent) => [agent, name] as const)))

test('a group keeps its name when the agent it is named after leaves, and when a smaller one joins', () => {
  const before = groups({ 'like:b': ['b', 'c', 'd'] })
  assert.deepEqual(clusterNames([['c', 'd', 'e']], before), ['like:b'])
  assert.deepEqual(clusterNames([['a', 'b', 'c', 'd']], before), ['like:b'])
})

test('of a group that splits the larger part keeps the name; of groups that merge the larger gives it', () => {
  const one = groups({ 'like:a': ['a', 'b', 'c', 'd', 'e'] })
  assert.deepEqual(
    clusterNames(
      [
        ['a', 'b'],
        ['c', 'd', 'e'],
      ],
      one,
    ),
    ['like:a#2', 'like:a'],
  )
  const two = groups({ 'like:a': ['a', 'b'], 'like:c': ['c', 'd', 'e'] })
  assert.deepEqual(clusterNames([['a', 'b', 'c', 'd', 'e']], two), ['like:c'])
})

test('no two clusters share a name, and a stray member does not carry one away', () => {
  const before = groups({ 'like:a': ['a', 'b', 'c', 'd'], 'role:x': ['z'] })
  assert.deepEqual(clusterNames([['a', 'x', 'y', 'w'], ['b', 'c', 'd'], ['z']], before), [
    'like:a#2',
    'like:a',
    'like:z',
  ])
  assert.deepEqual(clusterNames([['b', 'a'], ['c']], new Map()), ['like:a', 'like:c'])
})
