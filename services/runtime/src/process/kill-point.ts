/**
 * Every moment between an effect and what makes it count, by the process that passes it: where a death hurts most. The
 * chaos run (`test/test-support/chaos.ts`) kills a process at each of them.
 */
export const killPoints = {
  ingest: ['after-process-before-append', 'after-append-before-commit'],
  baseline: [
    'after-events-before-copies',
    'after-append-before-commit',
    'after-knowledge-before-copy',
    'after-due-before-append',
  ],
  score: [
    'after-process-before-append',
    'after-append-before-commit',
    'after-commit-before-checkpoint',
    'after-profiles-before-offsets',
  ],
  respond: [
    'after-process-before-append',
    'after-append-before-commit',
    'after-due-before-append',
    'after-delivery-before-journal',
  ],
  broker: ['after-effect-before-answer', 'after-answer-before-commit'],
} as const
export type KillPoint = (typeof killPoints)[keyof typeof killPoints][number]

let listener: ((point: KillPoint) => void) | undefined

/** Called where the name says. Nobody listens but a test that was loaded before the program. */
export function passes(point: KillPoint): void {
  listener?.(point)
}

/** For tests: called for each point as it is passed, and free to end the process there. */
export function listenAtKillPoints(listen: (point: KillPoint) => void): void {
  listener = listen
}
