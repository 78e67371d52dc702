import assert from 'node:assert/strict'
import type { Logger } from './logger.ts'

/** What a process opened, closed in the reverse order, once, within a bound. */
export interface Lifecycle {
  /** Names something to close; what was opened last closes first. Throws when the stop has begun. */
  opened(name: string, close: () => Promise<void>): void
  /** Begins the stop, or joins the one under way. Resolves with the exit code when all is closed or the bound is over. */
  stop(reason: string): Promise<number>
  /** One clear line, then a stop with exit code 1. */
  fail(what: string, error: unknown): Promise<number>
  /** Resolves when a stop is complete. */
  readonly stopped: Promise<number>
}

/** `stopWithinMs` bounds the whole stop; what hangs longer is named and left behind (uncommitted work is read again). */
export function createLifecycle(options: { logger: Logger; stopWithinMs: number }): Lifecycle {
  const { logger, stopWithinMs } = options
  const closers: { name: string; close: () => Promise<void> }[] = []
  const { promise: stopped, resolve } = withResolvers<number>()
  let stopping = false
  let exitCode = 0

  async function closeAll(): Promise<void> {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
      try {
        await closer.close()
        logger.debug({ what: closer.name }, 'closed')
      } catch (error) {
        exitCode = 1
        logger.error({ err: error, what: closer.name }, `could not close ${closer.name}`)
      }
    }
  }

  async function closeWithinBound(): Promise<void> {
    const open = () => closers.map((closer) => closer.name)
    let timer: NodeJS.Timeout | undefined
    const bound = new Promise<'late'>((late) => {
      timer = setTimeout(() => late('late'), stopWithinMs)
    })
    const ended = await Promise.race([closeAll(), bound])
    clearTimeout(timer)
    if (ended !== 'late') return
    exitCode = 1
    logger.error({ open: open() }, `not closed after ${stopWithinMs} ms: ending without it`)
  }

  async function stop(reason: string): Promise<number> {
    if (stopping) return stopped
    stopping = true
    logger.info({ reason }, 'stopping')
    await closeWithinBound()
    resolve(exitCode)
    return exitCode
  }

  return {
    opened(name, close) {
      assert(!stopping, `${name} was opened while the program stops`)
      closers.push({ name, close })
    },
    stop,
    fail(what, error) {
      exitCode = 1
      logger.fatal({ err: error }, `${what}: ${error instanceof Error ? error.message : String(error)}`)
      return stop(what)
    },
    stopped,
  }
}

/**
 * Ties a lifecycle to its process: SIGINT and SIGTERM begin the stop (a second one ends at once), an error that nobody
 * caught becomes one line and exit code 1. The process ends when its owner has seen `stopped`. Returns what unties it.
 */
export function stopOnSignals(
  lifecycle: Pick<Lifecycle, 'stop' | 'fail'>,
  exit: (code: number) => void = process.exit,
): () => void {
  let signals = 0
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1
    if (signals > 1) exit(1)
    else void lifecycle.stop(signal)
  }
  const onError = (error: unknown) => void lifecycle.fail('an error that nobody caught', error)
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  return () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    process.off('uncaughtException', onError)
    process.off('unhandledRejection', onError)
  }
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
