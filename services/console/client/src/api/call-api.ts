import { ConsoleFault, requestHeader } from '@straylight/console/contract/console-fault'
import {
  type RouteAnswer,
  type RouteBody,
  type RouteName,
  type RouteQuery,
  routes,
} from '@straylight/console/contract/routes'
import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { config } from 'zod'

// Without this zod tries `new Function`, which the content security policy refuses.
config({ jitless: true })

/** The server said no, or could not be reached; the message is for people. */
export class ApiFault extends StraylightError {
  override readonly name = 'ApiFault'
  override readonly code: ConsoleFault['code'] | 'unreachable' | 'unexpected'
  constructor(code: ApiFault['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** Whatever was thrown, as something that can be shown. */
export const faultOf = (thrown: unknown): ApiFault =>
  thrown instanceof ApiFault ? thrown : new ApiFault('unexpected', errorText(thrown))

/** Asks for something. */
export function ask<Name extends RouteName>(
  name: Name,
  query: RouteQuery<Name>,
  signal?: AbortSignal,
): Promise<RouteAnswer<Name>> {
  return call(name, `${routes[name].path}${queryText(query)}`, { signal: signal ?? null })
}

/** Says something that changes something. */
export function say<Name extends RouteName>(name: Name, body: RouteBody<Name>): Promise<RouteAnswer<Name>> {
  const { method, path } = routes[name]
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const text = body === undefined ? null : JSON.stringify(body)
  return call(name, path, { method, headers: { ...type, [requestHeader]: '1' }, body: text })
}

/** A query as an address writes it; empty and undefined parts are left out. */
export function queryText(query: object): string {
  const parts = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parts.set(name, String(value))
  }
  const text = parts.toString()
  return text === '' ? '' : `?${text}`
}

async function call<Name extends RouteName>(name: Name, path: string, init: RequestInit): Promise<RouteAnswer<Name>> {
  const response = await fetch(path, { credentials: 'same-origin', ...init }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiFault('unreachable', 'The console does not answer. Is Straylight running?')
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) {
    const fault = ConsoleFault.safeParse(body)
    if (fault.success) throw new ApiFault(fault.data.code, fault.data.message)
    throw new ApiFault('unexpected', `The console answered with status ${response.status} and no reason.`)
  }
  return parsed(name, body)
}

function parsed<Name extends RouteName>(name: Name, body: unknown): RouteAnswer<Name> {
  const answer: (typeof routes)[Name]['answer'] = routes[name].answer
  const result = answer.safeParse(body)
  if (result.success) return result.data as RouteAnswer<Name>
  throw new ApiFault(
    'unexpected',
    'The console answered in a form that this page does not know. Reload the page: the program may have been upgraded.',
  )
}
