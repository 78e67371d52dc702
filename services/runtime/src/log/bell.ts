/** Lets one loop sleep until rung. A ring while nobody waits is kept until `quiet`, so that none is missed. */
export interface Bell {
  ring(): void
  quiet(): void
  /** Resolves when rung, or after `ms`. One waiter at a time. */
  wait(ms: number): Promise<void>
}

export function openBell(): Bell {
  let rung = false
  let wakeUp: (() => void) | undefined
  return {
    ring() {
      rung = true
      wakeUp?.()
    },
    quiet() {
      rung = false
    },
    wait: (ms) =>
      new Promise<void>((resolve) => {
        if (rung) return resolve()
        const timer = setTimeout(() => wakeUp?.(), ms)
        wakeUp = () => {
          clearTimeout(timer)
          wakeUp = undefined
          resolve()
        }
      }),
  }
}
