import Fastify from 'fastify'
import { type EventDoorOptions, registerEventDoor } from './register-event-door.ts'

/** The event door on a port of its own; where the operations server runs, `registerEventDoor` shares that one's. */
export async function openEventDoor(
  options: EventDoorOptions & { host: string; port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const app = Fastify({
    requestTimeout: 40_000,
    forceCloseConnections: true,
    // Node looks for requests past their time every 30 s only, unless it is told otherwise.
    http: { connectionsCheckingInterval: 1_000, headersTimeout: 10_000 },
  })
  registerEventDoor(app, options)
  const url = await app.listen({ host: options.host, port: options.port })
  return { url, close: () => app.close() }
}
