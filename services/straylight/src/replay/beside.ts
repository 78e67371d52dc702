/** Work that goes on beside its caller, one call at a time. What fails is thrown where its end is waited for. */
export interface Beside {
  /** Begins the work, or has it begin once more when it is done: what came meanwhile may have come too late for it. */
  go(): void
  /** When nothing is under way; resolves with what was done since the last time. Throws what the work failed with. */
  settled(): Promise<number>
  /** When nothing is under way, however it ended. */
  ended(): Promise<void>
}

/** `work` resolves with how much it did. */
export function beside(work: () => Promise<number>): Beside {
  let under: Promise<void> | undefined
  let again = false
  let done = 0
  let failure: { readonly error: unknown } | undefined

  async function run(): Promise<void> {
    try {
      do {
        again = false
        done += await work()
      } while (again)
    } catch (error) {
      failure = { error }
    }
    under = undefined
  }

  return {
    go() {
      if (failure !== undefined) return
      if (under === undefined) under = run()
      else again = true
    },
    async settled() {
      await under
      if (failure !== undefined) throw failure.error
      const since = done
      done = 0
      return since
    },
    ended: async () => under,
  }
}
