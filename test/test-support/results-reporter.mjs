// @ts-check
import { relative } from 'node:path'

/**
 * Reporter for `run-tests.ts`: one JSON object with the number of skipped tests, and of each file the sum of what its tests
 * took, in milliseconds. Plain JavaScript, since Node's runner loads it before anything that reads TypeScript.
 * @public Node loads it by its name.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* results(events) {
  let skipped = 0
  /** @type {Record<string, number>} */
  const files = {}
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.skip !== undefined) skipped += 1
    if (data.nesting > 0 || data.file === undefined) continue
    const file = relative(process.cwd(), data.file)
    files[file] = (files[file] ?? 0) + data.details.duration_ms
  }
  yield JSON.stringify({ skipped, files })
}
