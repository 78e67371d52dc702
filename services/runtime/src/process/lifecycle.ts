import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
import type { Logger } from './logger.ts'

/** What a process opened, closed in the reverse order, once, within a bound. */
export interface Lifecycle {
  /**
   * Opens everything there is to open. A stop that begins meanwhile waits, within its bound, until this has come to its next
   * `opened`, and closes what stands: nothing is opened on what is being closed.
   */
  start<Value>(open: () => Promise<Value>): Promise<Value>
  /** Names something to close; what was opened last closes first. When the stop has begun it is closed at once, and `Stopping` is thrown. */
  opened(name: string, close: () => Promise<void>): void
  /**
   * Begins the stop, or joins the one under way. Resolves with the exit code when all is closed or the bound is over. `failure`: that of
   * a caller who tells of it by itself.
   */
  stop(reason: string, failure?: Ending['failure']): Promise<number>
  /** One clear line, then a stop with exit code 1. */
  fail(what: string, error: unknown): Promise<number>
  /** Null while it runs; from the first failure or the begin of a stop on, what ends it. */
  ending(): Ending | null
  /** Resolves when a stop is complete. */
  readonly stopped: Promise<number>
}

/** Why a program ends. */
export interface Ending {
  /** A few words, without paths or secrets. */
  readonly reason: string
  /** The first thing that failed, with its message; null in a stop that was asked for. */
  readonly failure: { readonly what: string; readonly error: unknown } | null
  /** Something did not close within the bound: whoever waits for it waits in vain. */
  readonly late: boolean
}

/** Thrown at whoever opens something while the program stops: nobody's fault, and the end of a start. */
export class Stopping extends StraylightError {
  override readonly name = 'Stopping'
  override readonly code = 'stopping'
}

interface Closer {
  readonly name: string
  readonly close: () => Promise<void>
}

/** `stopWithinMs` bounds the whole stop; what hangs longer is named and left behind (uncommitted work is read again). */
export function createLifecycle(options: { logger: Logger; stopWithinMs: number }): Lifecycle {
  const { logger, stopWithinMs } = options
  const closers: Closer[] = []
  const { promise: stopped, resolve } = withResolvers<number>()
  /** Closing just now. */
  const open = new Set<string>()
  let starting: Promise<unknown> | undefined
  let ending: Ending | null = null
  let begun = false
  let drained = false

  async function close({ name, close }: Closer): Promise<void> {
    try {
      await close()
      logger.debug({ what: name }, 'closed')
    } catch (error) {
      note({ failure: { what: `could not close ${name}`, error } })
      logger.error({ err: error, what: name }, `could not close ${name}`)
    }
  }

  /** What was first stays: it is the cause, and what follows often only its consequence. */
  function note(more: Partial<Ending>): void {
    const before = ending ?? { reason: more.reason ?? 'it fails', failure: null, late: false }
    ending = { ...before, late: before.late || more.late === true, failure: before.failure ?? more.failure ?? null }
  }

  async function closeAll(): Promise<void> {
    if (starting !== undefined) await starting
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
      open.add(closer.name)
      await close(closer)
      open.delete(closer.name)
    }
    drained = true
  }

  async function closeWithinBound(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const bound = new Promise<'late'>((late) => {
      timer = setTimeout(() => late('late'), stopWithinMs)
    })
    const ended = await Promise.race([closeAll(), bound])
    clearTimeout(timer)
    if (ended !== 'late') return
    const left = [...open, ...closers.map(({ name }) => name).reverse()]
    const message = `${left.join(', ') || 'the start'} not closed after ${stopWithinMs} ms: ending without it`
    note({ late: true, failure: { what: 'the stop took too long', error: new Error(message) } })
    logger.error({ open: left }, message)
  }

  async function stop(reason: string, failure: Ending['failure'] = null): Promise<number> {
    note({ reason, failure })
    if (begun) return stopped
    begun = true
    logger.info({ reason }, 'stopping')
    await closeWithinBound()
    resolve(ending?.failure === null ? 0 : 1)
    return stopped
  }

  return {
    start(work) {
      const started = work()
      starting = started.catch(() => undefined)
      return started
    },
    opened(name, closeIt) {
      const closer = { name, close: closeIt }
      if (drained) void close(closer)
      else closers.push(closer)
      if (begun) throw new Stopping(`${name} was opened while the program stops, and is closed again`)
    },
    stop,
    fail(what, error) {
      note({ reason: what, failure: { what, error } })
      logger.fatal({ err: error }, `${what}: ${errorText(error)}`)
      return stop(what)
    },
    ending: () => ending,
    stopped,
  }
}

/**
 * Ties a lifecycle to its process: SIGINT and SIGTERM begin the stop (a second one ends at once), an error that nobody
 * caught becomes one line and exit code 1. The process ends when its owner has seen `stopped`. Returns what unties it.
 */
export function stopOnSignals(
  lifecycle: Pick<Lifecycle, 'stop' | 'fail'>,
  exit: (code: number) => void = endAtOnce,
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

/**
 * By SIGKILL: a regular exit runs the engine's own ending, beside the threads that the first signal set closing, and may wait or crash.
 */
function endAtOnce(): void {
  process.stderr.write('Ended at once, as a second signal asked; what was not committed is read again.\n')
  process.kill(process.pid, 'SIGKILL')
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
