import { existsSync, readFileSync } from 'node:fs'

/** What the kernel counts for the main thread: nanoseconds of processor time first. */
const schedule = `/proc/self/task/${process.pid}/schedstat`

/** Milliseconds that this thread has worked; where the kernel does not tell, those that have passed. */
export const workedMs = (): number =>
  existsSync(schedule) ? Number(readFileSync(schedule, 'utf8').split(' ')[0]) / 1e6 : performance.now()

/**
 * The longest time, in milliseconds of its processor, that one round of the event loop took during the work: what others who
 * wait for the loop had to wait. Processor time, so that a busy machine does not count.
 */
export async function longestRoundMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = workedMs()
  const look = (): void => {
    const now = workedMs()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  try {
    await work()
  } finally {
    look()
    clearInterval(timer)
  }
  return longest
}
