import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/**
 * Reporter: the files that took longest, by the sum of their tests, so that the split of `test-suites.ts` goes by measure.
 * @public Node loads it by its name.
 */
export default async function* fileTimes(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const times = new Map<string, number>()
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.nesting > 0 || data.file === undefined) continue
    times.set(data.file, (times.get(data.file) ?? 0) + data.details.duration_ms)
  }
  const longest = [...times].sort(([, one], [, other]) => other - one).filter(([, ms]) => ms >= longMs)
  yield longest
    .map(([file, ms]) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${relative(process.cwd(), file)}\n`)
    .join('')
}

const longMs = 5_000
