import type { Query, Store } from '@straylight/runtime/store/store'
import { StoreError } from '@straylight/runtime/store/store-error'
import type { z } from 'zod'
import { ConsoleProblem } from '../console-problem.ts'
import { askedFor } from './asked-for.ts'
import { createFairTurns } from './fair-turns.ts'

/** Questions of one tenant (or of one person who sees all) that may be answered or wait: what a dozen people's pages ask at once. */
export const waitingMax = 200
/** Questions that are given to the store at once: as many as it answers, or nearly. The others take turns by whom they are asked for. */
const runningMax = 8
/** How long one question may take in the store. */
const secondsMax = 10
/** Memory of one question in the store, in bytes. */
const memoryBytesMax = 1_073_741_824
/** Niceness of the engine's threads for a question, so that detection comes first; without CAP_SYS_NICE the engine does without. */
const niceness = 10
/** How long a question may wait and be answered, before whoever asked has gone. */
const patienceMs = 30_000

/** ClickHouse: TIMEOUT_EXCEEDED, TOO_SLOW, MEMORY_LIMIT_EXCEEDED. */
const tooMuch: ReadonlySet<string> = new Set(['159', '160', '241'])

export interface Ask {
  <Parameters extends Record<string, unknown>, Row>(
    query: Query<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row[]>
  /** Questions that are being answered or wait. */
  readonly waiting: () => number
}

/**
 * A question of the console: SQL that bounds its own rows. What is asked is bounded in time and memory by `createAsk`. `threads`: of the engine;
 * two for what looks through all alerts there are, so that it takes two cores half the time.
 */
export const question = <Parameters extends Record<string, unknown>, Row>(
  name: string,
  sql: string,
  row: z.ZodType<Row>,
  threads: 1 | 2 = 1,
): Query<Parameters, Row> => {
  const bounded = `${sql.trim()}
SETTINGS max_execution_time = ${secondsMax}, timeout_overflow_mode = 'throw', max_threads = ${threads}, max_memory_usage = ${memoryBytesMax}, os_thread_priority = ${niceness}, readonly = 2`
  return { name: `console: ${name}`, row, sql: bounded }
}

/**
 * Asks the store for people, in lanes of their own, so that no stage waits for a page: embedded two questions at a time, since a page asks a
 * dozen. Tenants take turns, so that who asks much keeps nobody else waiting, and is refused alone (`busy`); each has a bound on time and memory (`too_slow`).
 */
export function createAsk(store: Pick<Store, 'query'>): Ask {
  let waiting = 0
  const turns = createFairTurns(runningMax)
  const ask = async <Parameters extends Record<string, unknown>, Row>(
    query: Query<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row[]> => {
    const share = askedFor.getStore() ?? ''
    if (turns.count(share) >= waitingMax) {
      throw new ConsoleProblem('busy', `${waitingMax} questions wait already. Ask again in some seconds.`, {
        retryAfterSeconds: 5,
      })
    }
    waiting += 1
    try {
      return await turns.take(share, () =>
        store.query(query, parameters, { forPeople: true, onceWithinMs: patienceMs }),
      )
    } catch (error) {
      throw problemOf(error)
    } finally {
      waiting -= 1
    }
  }
  return Object.assign(ask, { waiting: () => waiting })
}

function problemOf(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error
  if (tooMuch.has(error.code) || error.code === 'ETIMEDOUT') {
    const message = `The question took more than it may (${secondsMax} s, 1 GiB). Ask for less: one tenant, one agent, a shorter time.`
    return new ConsoleProblem('too_slow', message, { cause: error })
  }
  if (error.retriable) {
    const message = 'The store does not answer. Detection goes on; ask again in some seconds.'
    return new ConsoleProblem('away', message, { retryAfterSeconds: 5, cause: error })
  }
  return error
}
