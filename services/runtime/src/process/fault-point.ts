let listener: ((step: string) => Promise<void> | void) | undefined

/** Called where a start takes its next step and where a stage is called. Nobody listens but a test that was loaded before the program. */
export function reaches(step: string): Promise<void> | void {
  return listener?.(step)
}

/** For tests: told of each step as it begins, such as `open store` or `score.process`, and free to throw, to wait or to wait for good. */
export function listenAtFaultPoints(listen: (step: string) => Promise<void> | void): void {
  listener = listen
}
