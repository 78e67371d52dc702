import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RouteAnswer, RouteBody, RouteName, RouteQuery } from '@straylight/console/contract/routes'
import { routes } from '@straylight/console/contract/routes'
import type { Console } from '@straylight/console/server/create-console'
import { hashPassword, readUsers, type User, writeUsers } from '@straylight/console/sign-in/user-file'
import { openIssuerKey } from '@straylight/respond/command/signing-keys'
import { createLogger } from '@straylight/runtime/process/logger'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { Registry } from '@straylight/schemas/agent'
import { Policy } from '@straylight/schemas/policy'
import { openConsole } from 'straylight/console/open-console'
import { type EmbeddedRun, type EmbeddedRunOptions, openEmbeddedRun } from './embedded-run.ts'

/** A deployment whose stages a test steps by hand, with its console on a real port. */
export interface ConsoleRun {
  readonly run: EmbeddedRun
  readonly console: Console
  readonly url: string
  /** A browser of somebody: signed in where a user is named. */
  browser(user?: string): Promise<Browser>
  /** The same, signed in once: signing in is limited. */
  browserOf(user: string): Promise<Browser>
  /** The cookie of somebody who is signed in. */
  session(user: string): Promise<string>
  addUser(user: Omit<User, 'password'>, password?: string): Promise<void>
  removeUser(name: string): Promise<void>
  /** Waits until something has become so; a test waits for progress, within a bound. */
  until(is: () => Promise<boolean>): Promise<void>
  readonly logged: () => string
  close(): Promise<void>
}

/** What a browser sends with its requests, and what came. */
export interface Browser {
  cookie: string
  ask<Name extends RouteName>(name: Name, query?: RouteQuery<Name>): Promise<RouteAnswer<Name>>
  say<Name extends RouteName>(name: Name, body: RouteBody<Name>): Promise<RouteAnswer<Name>>
  /** The answer as it came, whatever it is. */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

const password = 'correct horse battery staple'

/** `issuers`: names whose keys are made, and that the policy lists for all answers. */
export async function openConsoleRun(
  options: EmbeddedRunOptions & {
    issuers?: readonly {
      name: string
      roles: ('analyst' | 'approver')[]
      tenants?: string[]
      passkeys?: { id: string; public_key: string }[]
    }[]
  } & {
    settings?: Record<string, string>
    clientFolder?: string
  } = {},
): Promise<ConsoleRun> {
  const keys = await mkdtemp(join(tmpdir(), 'straylight-console-'))
  const issuers = []
  for (const { name, roles, tenants = ['*'], passkeys = [] } of options.issuers ?? []) {
    const { publicKey } = await openIssuerKey(keys, name)
    issuers.push({ name, roles, tenants, passkeys, public_key: publicKey.x })
  }
  const policy = Policy.parse({ ...(options.policy as object | undefined), issuers })
  const registry = Registry.parse(options.registry ?? { version: 1, agents: [] })
  const run = await openEmbeddedRun({ ...options, policy, registry })
  const lines: string[] = []
  const logger = createLogger({ level: 'info', readable: false, stream: { write: (line) => void lines.push(line) } })
  const settings = readSettings(AllSettings, { STRAYLIGHT_CONSOLE_PORT: '0', ...options.settings })
  const served = await openConsole({
    ...{ settings, log: run.log, store: run.store, policy, registry, logger, keys },
    ...(options.clientFolder === undefined ? {} : { clientFolder: options.clientFolder }),
    health: () => ({ ready: true, reasons: [], notes: [], stages: ['ingest'], lag: [] }),
  })
  const usersFile = join(keys, 'users.json')
  const addUser = async (user: Omit<User, 'password'>, word = password) => {
    const others = (await readUsers(usersFile)).filter(({ name }) => name !== user.name)
    await writeUsers(usersFile, [...others, { ...user, password: await hashPassword(word) }])
  }
  const known = new Map<string, Browser>()
  const browser = async (user?: string) => {
    const made = createBrowser(served.url)
    if (user !== undefined) await signedIn(made, user)
    return made
  }
  const browserOf = async (user: string) => {
    const made = known.get(user) ?? (await browser(user))
    known.set(user, made)
    return made
  }
  return {
    ...{ run, console: served, url: served.url, addUser, browser, browserOf },
    session: async (user) => (await browserOf(user)).cookie,
    removeUser: async (name) => {
      const users = await readUsers(usersFile)
      await writeUsers(
        usersFile,
        users.filter((user) => user.name !== name),
      )
    },
    until: async (is) => {
      for (let round = 0; !(await is()); round++) {
        if (round === 200) throw new Error('it has not become so within 20 s')
        await sleep(100)
      }
    },
    logged: () => lines.join(''),
    close: async () => {
      await served.close()
      await run.close()
      await rm(keys, { recursive: true, force: true })
    },
  }
}

async function signedIn(browser: Browser, user: string): Promise<void> {
  const response = await browser.fetch('/api/sign-in', { method: 'POST', body: JSON.stringify({ user, password }) })
  if (!response.ok) throw new Error(`sign-in of ${user}: ${response.status} ${await response.text()}`)
}

export function createBrowser(url: string): Browser {
  const browser: Browser = {
    cookie: '',
    async fetch(path, init = {}) {
      const headers = {
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(browser.cookie === '' ? {} : { cookie: browser.cookie }),
        origin: url,
        'sec-fetch-site': 'same-origin',
        'x-straylight-console': '1',
        ...(init.headers as Record<string, string> | undefined),
      }
      const response = await fetch(`${url}${path}`, { ...init, headers })
      const set = response.headers.get('set-cookie')
      if (set !== null) browser.cookie = set.split(';')[0] ?? ''
      return response
    },
    async ask(name, query) {
      const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
      const search = new URLSearchParams(
        Object.fromEntries(given.map(([key, value]) => [key, String(value)])),
      ).toString()
      return answerOf(name, await browser.fetch(`${routes[name].path}${search === '' ? '' : `?${search}`}`))
    },
    async say(name, body) {
      return answerOf(
        name,
        await browser.fetch(routes[name].path, { method: routes[name].method, body: JSON.stringify(body) }),
      )
    },
  }
  return browser
}

/** Every answer is of the form that the contract says, whole. */
async function answerOf<Name extends RouteName>(name: Name, response: Response): Promise<RouteAnswer<Name>> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`)
  return routes[name].answer.parse(JSON.parse(text)) as RouteAnswer<Name>
}
