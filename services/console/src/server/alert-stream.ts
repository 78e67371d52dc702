import { PassThrough } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AlertFeed, type AlertRevision, alertRevisions, alertsPlace } from '../alerts/alert-feed.ts'
import { alertRowOf } from '../alerts/alert-rows.ts'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { StreamEvents } from '../contract/alert-stream.ts'

/** Browsers that may listen at a time: of all people, and of one. */
const streamsMax = { all: 100, person: 10 } as const
const beatMs = 15_000
/** Bytes that a browser may be behind before it is let go: it connects again from where it was. */
const behindMax = 1_048_576
/** Revisions that one who comes back hears at most: beyond, the page is to be loaded anew. */
const missedMax = 500

interface Streams {
  open(request: FastifyRequest, reply: FastifyReply, of: StreamOf): Promise<FastifyReply>
  close(): void
}
interface StreamOf {
  readonly asker: Asker
  readonly tenant: string | undefined
  /** Asked with each beat: whether whoever listens is still signed in. */
  readonly isSignedIn: () => Promise<boolean>
}

/** `GET /api/alerts/stream`: each new revision of an alert, as it comes. */
export function createAlertStreams(ground: ConsoleGround, feed: AlertFeed): Streams {
  const open = new Map<(reason: StreamEvents['over']['reason']) => void, string>()
  return {
    async open(request, reply, { asker, tenant: asked, isSignedIn }) {
      const person = JSON.stringify([asker.tenant, asker.user])
      refuseMore([...open.values()], person)
      const tenant = tenantFor(asker, asked)
      const stream = new PassThrough()
      const end = (reason: StreamEvents['over']['reason']): void => {
        if (!stream.writableEnded) stream.end(eventText('over', { reason }))
      }
      const send = (text: string): void => {
        if (stream.writableLength > behindMax) end('too_slow')
        else if (!stream.writableEnded) stream.write(text)
      }
      const hear = (revision: AlertRevision): void => {
        if (tenant === '' || revision.alert.tenant === tenant) send(alertText(ground, revision))
      }
      const unlisten = feed.listen(hear)
      const beat = setInterval(() => {
        isSignedIn().then(
          (is) => (is ? send(eventText('beat', { as_of: ground.now() })) : end('signed_out')),
          () => end('signed_out'),
        )
      }, beatMs)
      open.set(end, person)
      stream.once('close', () => {
        unlisten()
        clearInterval(beat)
        open.delete(end)
      })
      reply.raw.once('close', () => stream.destroy())
      send(eventText('beat', { as_of: ground.now() }))
      for (const missed of await missedOf(ground, request.headers['last-event-id'])) hear(missed)
      return reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store').send(stream)
    },
    close() {
      for (const end of open.keys()) end('stopping')
    },
  }
}

/** Throws `busy` where as many listen as may. */
function refuseMore(listening: readonly string[], person: string): void {
  const own = listening.filter((one) => one === person).length
  if (listening.length < streamsMax.all && own < streamsMax.person) return
  const said = own < streamsMax.person ? `${listening.length} browsers listen` : `${own} of your browser pages listen`
  throw new ConsoleProblem('busy', `${said} already.`, { retryAfterSeconds: 30 })
}

async function missedOf({ log }: ConsoleGround, lastId: unknown): Promise<AlertRevision[]> {
  const last = typeof lastId === 'string' && /^\d{1,15}$/.test(lastId) ? Number(lastId) : undefined
  if (last === undefined) return []
  const end = await log.endOffset(alertsPlace)
  const missed: AlertRevision[] = []
  for await (const revision of alertRevisions(log, Math.max(last + 1, end - missedMax), end)) missed.push(revision)
  return missed
}

function alertText({ registry }: ConsoleGround, { alert, offset, changedAt }: AlertRevision): string {
  const row = alertRowOf(alert, changedAt, registry)
  return `id: ${offset}\n${eventText('alert', { alert: row, is_new: alert.revision === 1 })}`
}

/** JSON has no line breaks of its own: one line of data. */
const eventText = <Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name]): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
