import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { buffer } from 'node:stream/consumers'

/** `fetch` that knows one certificate and finds every name on this machine. */
export function fetchByTls(cert: string): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input))
    if (url.protocol === 'http:') return fetch(input, init)
    const sent = request(url, {
      ca: cert,
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      lookup: (_name, options, done) =>
        options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
    })
    sent.end(init.body === undefined || init.body === null ? undefined : String(init.body))
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const headers = new Headers()
    for (let at = 0; at < response.rawHeaders.length; at += 2)
      headers.append(response.rawHeaders[at] ?? '', response.rawHeaders[at + 1] ?? '')
    const body = await buffer(response)
    const status = response.statusCode ?? 0
    return new Response(body.length === 0 ? null : body, { status, headers })
  }
}
