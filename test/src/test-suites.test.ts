import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { testFiles } from '../test-support/test-files.ts'
import { leftToCi, needsKafka } from '../test-support/test-suites.ts'

// `npm test` runs all but what test-suites.ts names; CI=true runs all.

const root = fileURLToPath(new URL('../../', import.meta.url))

test('what the quick suite leaves out is there, and left out once', async () => {
  const files = new Set(await testFiles(root, []))
  const left = leftToCi.flatMap((kind) => kind.files)
  for (const file of left) assert.ok(files.has(file), `${file} is no test file`)
  assert.equal(new Set(left).size, left.length)
})

test('what starts Kafka is named as such, and nothing else is', async () => {
  const reaching: string[] = []
  for (const file of await testFiles(root, ['test/src/'])) {
    if (reachable(file).has('test/test-support/kafka-broker.ts')) reaching.push(file)
  }
  assert.deepEqual(reaching, [...needsKafka.files].sort())
})

test('what builds with Go or pip downloads more than packages, and is left out', async () => {
  const left = new Set(leftToCi.flatMap((kind) => kind.files))
  for (const file of await testFiles(root, ['test/src/'])) {
    const reached = reachable(file)
    const downloads = ['go-tool', 'native-tensorflow'].some((name) => reached.has(`test/test-support/${name}.ts`))
    if (downloads) assert.ok(left.has(file), file)
  }
})

/** The files of `test/` that one imports, itself included. */
function reachable(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || !existsSync(join(root, file))) return seen
  seen.add(file)
  for (const [, to = ''] of readFileSync(join(root, file), 'utf8').matchAll(/from '(\.[^']+)'/g)) {
    reachable(relative(root, join(root, dirname(file), to)), seen)
  }
  return seen
}
