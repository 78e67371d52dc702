import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { StoreError } from './store-error.ts'

/** A client with so many calls in flight at most; the others wait in order. */
export class Lane {
  readonly client: ClickHouseClient
  private readonly retryMs: number
  private readonly slots: Promise<unknown>[]
  private next = 0

  constructor(client: ClickHouseClient, width: number, retryMs: number) {
    this.client = client
    this.retryMs = retryMs
    this.slots = Array.from({ length: width }, () => Promise.resolve())
  }

  /** Calls that are being answered or wait. */
  waiting = 0

  call<T>(name: string, work: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    const slot = this.next
    this.next = (slot + 1) % this.slots.length
    this.waiting += 1
    const result = (this.slots[slot] as Promise<unknown>)
      .then(() => this.retried(name, work))
      .finally(() => {
        this.waiting -= 1
      })
    this.slots[slot] = result.catch(() => undefined)
    return result
  }

  /** One attempt, past the calls that wait. */
  async once<T>(
    name: string,
    withinMs: number,
    work: (client: ClickHouseClient, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.timeout(withinMs)
    try {
      return await work(this.client, signal)
    } catch (error) {
      const late = Object.assign(new Error(`no answer within ${withinMs} ms`, { cause: error }), { code: 'ETIMEDOUT' })
      throw new StoreError(name, signal.aborted ? late : error)
    }
  }

  /** Everything stored is idempotent, so a call whose answer got lost may run again. */
  private async retried<T>(name: string, work: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    let waitedMs = 0
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        return await work(this.client)
      } catch (error) {
        const failure = new StoreError(name, error)
        if (!failure.retriable || waitedMs + waitMs > this.retryMs) throw failure
      }
      await sleep(waitMs)
      waitedMs += waitMs
    }
  }

  async drained(): Promise<void> {
    await Promise.all(this.slots)
  }
}

/** The one in which the fewest calls wait. */
export function idlest(lanes: readonly Lane[]): Lane {
  const [first, ...others] = lanes
  assert(first !== undefined, 'there is a lane')
  return others.reduce((idle, lane) => (lane.waiting < idle.waiting ? lane : idle), first)
}
