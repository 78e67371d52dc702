import type { z } from 'zod'

/**
 * A query as a value: SQL with ClickHouse parameters (`{name:Type}`), the row it answers with.
 * Name tables as they are (`events`): the store's connection stands in its database; embedded, `default`.
 */
export interface Query<Parameters extends Record<string, unknown>, Row> {
  readonly name: string
  readonly sql: string
  readonly row: z.ZodType<Row>
  /** Type only: which parameters the SQL takes. */
  readonly parameters?: Parameters
}

/** A statement that answers nothing (INSERT … SELECT, ALTER). */
export interface Statement<Parameters extends Record<string, unknown>> {
  readonly name: string
  readonly sql: string
  readonly parameters?: Parameters
}

export interface CallOptions {
  /**
   * Milliseconds after which the call counts as failed, and no second attempt: for what its caller waitingBatches or asks again
   * anyway, and for which it must not stand still. Without it a server that is away is tried for a minute.
   */
  readonly onceWithinMs?: number
  /**
   * Asked by a person, who can wait: one such query at a time, beside those of the stages and never before them. An embedded store has a
   * client of its own for them.
   */
  readonly forPeople?: boolean
}

/** ClickHouse, in process (chDB) or a server: `@clickhouse/client` either way. */
export interface Store {
  readonly kind: 'embedded' | 'server'
  query<Parameters extends Record<string, unknown>, Row>(
    query: Query<Parameters, Row>,
    parameters: Parameters,
    options?: CallOptions,
  ): Promise<Row[]>
  run<Parameters extends Record<string, unknown>>(
    statement: Statement<Parameters>,
    parameters: Parameters,
  ): Promise<void>
  /**
   * Rows of plain values; storing a batch twice changes nothing (ReplacingMergeTree by row identity). Text is made well-formed. A row that
   * ClickHouse refuses for what it holds goes to `set_aside`, the others are stored; throws where the store itself is unwell.
   */
  insert(table: string, rows: readonly Record<string, unknown>[], options?: CallOptions): Promise<void>
  close(): Promise<void>
}
