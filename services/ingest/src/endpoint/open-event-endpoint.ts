import { sendNotFound } from '@straylight/runtime/process/send-not-found'
import Fastify from 'fastify'
import { type EventEndpointOptions, registerEventEndpoint } from './register-event-endpoint.ts'

/** The event endpoint on a port of its own; where the operations server runs, `registerEventEndpoint` shares that one's. */
export async function openEventEndpoint(
  options: EventEndpointOptions & { host: string; port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const app = Fastify({
    requestTimeout: 40_000,
    forceCloseConnections: true,
    // Node looks for requests past their time every 30 s only, unless it is configured otherwise.
    http: { connectionsCheckingInterval: 1_000, headersTimeout: 10_000 },
  })
  app.setNotFoundHandler(sendNotFound)
  registerEventEndpoint(app, options)
  const url = await app.listen({ host: options.host, port: options.port })
  return { url, close: () => app.close() }
}
