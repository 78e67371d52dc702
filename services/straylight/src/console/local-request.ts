import { readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { requestHeader } from '@straylight/console/contract/console-fault'
import type { LocalAccess } from '@straylight/console/sign-in/local-access'

/** How long the console of this machine may take: as long as a question may wait and be answered. */
const patienceMs = 40_000

export interface LocalAnswer {
  readonly status: number
  readonly body: string
}

/**
 * One request to the console of this machine, with the shell's token. `certificate`: the file of a console with TLS, which must be the one
 * that answers; its names need not be those of the loopback.
 */
export async function localRequest(
  { url, token }: LocalAccess,
  asked: { method: string; path: string; body?: unknown; certificate?: string | undefined },
): Promise<LocalAnswer> {
  const target = new URL(asked.path, url)
  const tls =
    asked.certificate === undefined
      ? {}
      : { ca: await readFile(asked.certificate), checkServerIdentity: () => undefined }
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body)
  const headers = {
    authorization: `Bearer ${token}`,
    [requestHeader]: '1',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const options: RequestOptions = { method: asked.method, headers, timeout: patienceMs, ...tls }
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sent = send(target, options, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject)
    })
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs} ms`)))
    sent.once('error', reject)
    sent.end(body)
  })
}
