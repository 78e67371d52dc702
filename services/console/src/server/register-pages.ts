import type { FastifyInstance } from 'fastify'
import { ConsoleProblem } from '../console-problem.ts'
import type { ServedFile } from './client-files.ts'

const noClient = 'The pages of the console are not built. The API answers under /api/.'

/**
 * The client's files, and its first page for every address that is none of a file: the client finds its page by itself. They hold nothing
 * of the deployment, so that whoever is not signed in gets them too.
 */
export function registerPages(app: FastifyInstance, files: ReadonlyMap<string, ServedFile>): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split(/[?#]/, 1)[0] ?? '/'
    const isPage = request.method === 'GET' || request.method === 'HEAD'
    if (!isPage || path.startsWith('/api/')) throw new ConsoleProblem('not_found', 'There is nothing here.')
    const named = files.get(path)
    // A file that is not there must not become a page: it would be run as a script, and say nothing of why.
    const file = named ?? (/\.\w+$/.test(path) ? undefined : files.get('/index.html'))
    if (file === undefined)
      throw new ConsoleProblem('not_found', files.size === 0 ? noClient : 'There is nothing here.')
    const kept = named?.isHashed === true ? 'public, max-age=31536000, immutable' : 'no-cache'
    reply.headers({ etag: file.etag, 'cache-control': kept })
    if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
    return reply.code(200).type(file.type).send(file.bytes)
  })
}
