import type { Store } from '@straylight/runtime/store/store'
import { StoreError } from '@straylight/runtime/store/store-error'

/** A store that fails where it is asked to. */
export function failingStore(store: Store, fails: (call: 'query' | 'insert', name: string) => boolean): Store {
  const check = (call: 'query' | 'insert', name: string) => {
    if (!fails(call, name)) return
    throw new StoreError(name, Object.assign(new Error('the store is away'), { code: 'ECONNREFUSED' }))
  }
  return {
    kind: 'embedded',
    query: async (query, parameters) => {
      check('query', query.name)
      return store.query(query, parameters)
    },
    run: (statement, parameters) => store.run(statement, parameters),
    insert: async (table, rows) => {
      check('insert', table)
      return store.insert(table, rows)
    },
    close: async () => {},
  }
}
