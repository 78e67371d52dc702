import type { Store } from '@straylight/runtime/store/store'

/** A call of a query or a statement, and what came of it. */
export interface RecordedCall {
  readonly name: string
  readonly parameters: unknown
  /** Absent for a statement. */
  readonly rows?: readonly unknown[]
}

/** The store, with every call of a query or a statement written down in the order in which its answer came. */
export function recordStore(store: Store, calls: RecordedCall[]): Store {
  return {
    kind: store.kind,
    query: async (query, parameters) => {
      const rows = await store.query(query, parameters)
      // Without an order of its own, rows come in whatever order the engine's threads had.
      const ordered = /ORDER BY[^)]*$/.test(query.sql) ? rows : [...rows].sort(byText)
      calls.push({ name: query.name, parameters: { ...parameters }, rows: ordered })
      return rows
    },
    run: async (statement, parameters) => {
      await store.run(statement, parameters)
      calls.push({ name: statement.name, parameters: { ...parameters } })
    },
    insert: (table, rows, options) => store.insert(table, rows, options),
    close: () => store.close(),
  }
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
