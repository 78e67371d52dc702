type Listener = (step: string) => Promise<void> | void

/** The process's own, since a test that is loaded from the sources must find the one of the built program. */
const listenerKey = Symbol.for('straylight.fault-point')
const shared: typeof globalThis & { [listenerKey]?: Listener } = globalThis

/** Called where a start takes its next step and where a stage is called. Nobody listens but a test that was loaded before the program. */
export function reaches(step: string): Promise<void> | void {
  return shared[listenerKey]?.(step)
}

/** For tests: called for each step as it begins, such as `open store` or `score.process`, and free to throw, to wait or to wait for good. */
export function listenAtFaultPoints(listen: Listener): void {
  shared[listenerKey] = listen
}
