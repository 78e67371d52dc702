import { join } from 'node:path'
import { ConsoleFault } from '@straylight/console/contract/console-fault'
import {
  type RouteAnswer,
  type RouteBody,
  type RouteName,
  type RouteQuery,
  routes,
} from '@straylight/console/contract/routes'
import { createAnswerTimes } from '@straylight/console/questions/answer-times'
import { type AskedRoute, createRouteAnswers } from '@straylight/console/server/answer-route'
import { type LocalAccess, readLocalAccess } from '@straylight/console/sign-in/local-access'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { errorText } from '@straylight/schemas/error-text'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { readDeploymentFiles } from '../deployment/deployment-files.ts'
import { openDeploymentStore, withLog } from '../deployment/open-deployment.ts'
import { localRequest } from './local-request.ts'
import { consoleGround } from './open-console.ts'

/** What a command asks, of the console that runs, or of a deployment that is stopped. */
export interface ConsoleApi {
  readonly isRunning: boolean
  ask<Name extends AskedRoute>(name: Name, query: RouteQuery<Name>, body?: RouteBody<Name>): Promise<RouteAnswer<Name>>
}

/** The console did not answer, or not what was asked; the message says why. */
export class NoConsoleAnswer extends StraylightError {
  override readonly name = 'NoConsoleAnswer'
  override readonly code: ConsoleFault['code'] | 'no_console'

  constructor(code: NoConsoleAnswer['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Asks the console of the deployment that STRAYLIGHT_DATA names where it runs, by the token that only its owner can read; else opens the
 * deployment, and answers by the same code.
 */
export async function withConsole<Result>(use: (api: ConsoleApi) => Promise<Result>): Promise<Result> {
  const settings = readSettings(AllSettings)
  const access = await runningConsole(settings)
  return access === undefined ? withStopped(settings, use) : use(runningApi(access, settings))
}

/** The console that runs on this data folder; undefined where none does. A killed one leaves its file. */
export async function runningConsole(settings: AllSettings): Promise<LocalAccess | undefined> {
  const access = await readLocalAccess(join(settings.STRAYLIGHT_DATA, 'keys'))
  // A token is for the process that wrote it: another one may listen on its port by now.
  return access === undefined || !isAlive(access.pid) ? undefined : access
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** One answer of a running console. Throws `NoConsoleAnswer`. */
export async function askRunning<Name extends RouteName>(
  access: LocalAccess,
  settings: Pick<AllSettings, 'STRAYLIGHT_CONSOLE_TLS_CERT'>,
  { name, query = {}, body }: { name: Name; query?: object; body?: unknown },
): Promise<RouteAnswer<Name>> {
  const { method, path, answer } = routes[name]
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as const],
  )
  const search = given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given))}`
  const certificate = settings.STRAYLIGHT_CONSOLE_TLS_CERT
  const { status, body: said } = await localRequest(access, {
    method,
    path: `${path}${search}`,
    body,
    certificate,
  }).catch((error: unknown) => {
    throw new NoConsoleAnswer('no_console', `The console at ${access.url} does not answer: ${errorText(error)}`)
  })
  const value = parsedJson(said)
  if (status === 200) return answer.parse(value) as RouteAnswer<Name>
  const fault = ConsoleFault.safeParse(value).data
  throw new NoConsoleAnswer(
    fault?.code ?? 'no_console',
    fault?.message ?? `${access.url} answered ${status}: is it the console?`,
  )
}

const runningApi = (access: LocalAccess, settings: AllSettings): ConsoleApi => ({
  isRunning: true,
  ask: (name, query, body) => askRunning(access, settings, { name, query: { ...query }, body }),
})

async function withStopped<Result>(settings: AllSettings, use: (api: ConsoleApi) => Promise<Result>): Promise<Result> {
  const { policy, registry } = await readDeploymentFiles(settings)
  return withLog(settings, async (log) => {
    const store = await openDeploymentStore(settings, { existing: true })
    try {
      const keys = join(settings.STRAYLIGHT_DATA, 'keys')
      const health = () => ({ ready: null, reasons: [], notes: [], stages: [], lag: [] })
      const ground = consoleGround({ settings, log, store, policy, registry, keys, health })
      const { answers } = createRouteAnswers({ ...ground, answerTimes: createAnswerTimes() })
      // Whoever can open the data folder may see all of it.
      const asker = { user: 'operator', role: 'admin', tenant: null, issuer: 'operator' } as const
      return await use({
        isRunning: false,
        ask: async (name, query, body) => {
          // Each route has forms of its own, which TypeScript can't follow through a name that is not known yet.
          const answer = answers[name] as (who: typeof asker, asked: unknown, said: unknown) => Promise<unknown>
          return (await answer(asker, routes[name].query.parse(query), routes[name].body.parse(body))) as RouteAnswer<
            typeof name
          >
        },
      })
    } finally {
      await store.close()
    }
  })
}
