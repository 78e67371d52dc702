import { request } from 'node:http'
import { createServer } from 'node:https'
import type { TestCertificate } from './test-certificate.ts'

export interface TlsFront {
  /** Whether it asks under the name that the browser used, as `proxy_set_header Host $host` of nginx does; else under the address inside. */
  passesName: boolean
  close(): Promise<void>
}

/** What organisations put before a console: TLS outside, plain HTTP inside. */
export async function startTlsFront(port: number, inside: number, { cert, key }: TestCertificate): Promise<TlsFront> {
  const front: Pick<TlsFront, 'passesName'> = { passesName: true }
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-for': incoming.socket.remoteAddress ?? '' }
    const host = front.passesName ? (incoming.headers.host ?? '') : `127.0.0.1:${inside}`
    const sent = request(
      {
        ...{ host: '127.0.0.1', port: inside, method: incoming.method, path: incoming.url },
        headers: { ...incoming.headers, ...forwarded, host },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(outgoing)
      },
    )
    sent.once('error', () => outgoing.destroy())
    outgoing.once('close', () => sent.destroy())
    incoming.pipe(sent)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return Object.assign(front, {
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
