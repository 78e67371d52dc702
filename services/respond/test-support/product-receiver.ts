import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface ProductRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface ProductAnswer {
  readonly status: number
  readonly text?: string
  readonly headers?: Record<string, string>
  /** The body begins and never ends. */
  readonly endless?: true
}

/** A server on this machine that plays a product: it answers each request as `answer` says, and keeps all of them. */
export async function productReceiver(t: TestContext, answer: (request: ProductRequest) => ProductAnswer) {
  const requests: ProductRequest[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const taken = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() }
      requests.push(taken)
      const { status, text = '', headers = {}, endless } = answer(taken)
      response.writeHead(status, headers)
      if (endless === true) response.write(text)
      else response.end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}
