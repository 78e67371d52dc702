import { join } from 'node:path'
import { routes } from '@straylight/console/contract/routes'
import { hashPassword, writeUsers } from '@straylight/console/sign-in/user-file'
import type { Log } from '@straylight/runtime/log/log'
import { createLogger } from '@straylight/runtime/process/logger'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { CallOptions, Query, Store } from '@straylight/runtime/store/store'
import { Registry } from '@straylight/schemas/agent'
import { Policy } from '@straylight/schemas/policy'
import { type Browser, createBrowser } from '@straylight/test/test-support/console-run'
import { openConsole } from 'straylight/console/open-console'
import { z } from 'zod'
import type { PageQuestion } from './console-questions.ts'
import { agentOf } from './console-store.ts'

const password = 'correct horse battery staple'

export interface ServedConsole {
  readonly browser: Browser & { request(question: Omit<PageQuestion, 'page'>): Promise<Response> }
  readonly url: string
  /** From now on rows are counted, which asks each question twice. */
  countRows(): void
  /** Rows that were read at most since it was last asked. */
  rowsRead(): number
  /** The question of the store that was waited for longest since this was last asked. */
  slowest(): { name: string; ms: number }
  close(): Promise<void>
}

/** A console over a store, with a registry that knows nearly all of its agents, and somebody who is signed in. */
export async function servedConsole(
  folder: string,
  { log, store, agents, clientFolder }: { log: Log; store: Store; agents: number; clientFolder?: string },
): Promise<ServedConsole> {
  const registry = Registry.parse({ version: 1, agents: registeredAgents(agents) })
  const policy = Policy.parse({})
  const counting = countRows(store)
  const served = await openConsole({
    ...{
      settings: readSettings(AllSettings, { STRAYLIGHT_CONSOLE_PORT: '0' }),
      log,
      store: counting.store,
      policy,
      registry,
    },
    logger: createLogger({ level: 'warn', readable: true, stream: process.stderr }),
    ...{ keys: folder, ...(clientFolder === undefined ? {} : { clientFolder }) },
    health: () => ({ ready: true, reasons: [], notes: [], stages: [], lag: [] }),
  })
  await writeUsers(join(folder, 'users.json'), [
    { name: 'ana', role: 'approver', password: await hashPassword(password) },
  ])
  const browser = createBrowser(served.url)
  const signedIn = await browser.fetch('/api/sign-in', {
    method: 'POST',
    body: JSON.stringify({ user: 'ana', password }),
  })
  if (!signedIn.ok) throw new Error(`nobody could sign in: ${await signedIn.text()}`)
  const request = ({ route, query, body }: Omit<PageQuestion, 'page'>): Promise<Response> => {
    const search = new URLSearchParams(
      Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
    )
    const posted = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    return browser.fetch(`${routes[route].path}?${search}`, posted)
  }
  return { ...counting, browser: Object.assign(browser, { request }), url: served.url, close: () => served.close() }
}

/** One of 100 is not registered, one of 50 has no owner, one of 5 no boundary. */
function* registered(agents: number) {
  for (let number = 0; number < agents; number++) {
    if (number % 100 === 99) continue
    yield {
      ...agentOf(number),
      ...(number % 50 === 0 ? {} : { owner: `owner-${number % 500}@acme.example` }),
      role: `role-${number % 100}`,
      ...(number % 5 === 0 ? {} : { boundary: { systems: ['sys-0', 'sys-1', 'sys-2', 'sys-unused'] } }),
    }
  }
}
const registeredAgents = (agents: number) => [...registered(agents)]

const Estimate = z.object({ rows: z.coerce.number() })

/** A store that adds up how many rows its questions read at most, by their keys and indexes: no load changes that. It notes its slowest question as well. */
function countRows(store: Store): Pick<ServedConsole, 'countRows' | 'rowsRead' | 'slowest'> & { store: Store } {
  let [rows, counts] = [0, false]
  let slowest = { name: 'none', ms: 0 }
  const counted: Store = {
    kind: store.kind,
    run: (statement, given) => store.run(statement, given),
    insert: (table, given) => store.insert(table, given),
    close: () => store.close(),
    query: async <Parameters extends Record<string, unknown>, Row>(
      query: Query<Parameters, Row>,
      given: Parameters,
      options: CallOptions = {},
    ) => {
      if (counts) {
        const sql = `EXPLAIN ESTIMATE ${query.sql}`
        const parts = await store.query({ name: `${query.name}, rows`, sql, row: Estimate }, given, options)
        for (const part of parts) rows += part.rows
      }
      const began = performance.now()
      const answered = await store.query(query, given, options)
      const ms = performance.now() - began
      if (ms > slowest.ms) slowest = { name: query.name, ms }
      return answered
    },
  }
  return {
    store: counted,
    slowest: () => {
      const noted = slowest
      slowest = { name: 'none', ms: 0 }
      return noted
    },
    countRows: () => {
      counts = true
    },
    rowsRead: () => {
      const read = rows
      rows = 0
      return read
    },
  }
}
