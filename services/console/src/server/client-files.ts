import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

/** Files of the client, and their bytes in all: they are held in memory. */
const filesMax = 500
const bytesMax = 20 * 2 ** 20

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
}

export interface ServedFile {
  readonly bytes: Buffer
  readonly type: string
  readonly etag: string
  /** Named after its content: it never changes. */
  readonly isHashed: boolean
}

/**
 * The built client, by the path under which browsers ask for it: a map, so that no path leads anywhere else. Empty where there is none.
 * Throws where it is more than its bounds.
 */
export async function readClientFiles(folder: string): Promise<ReadonlyMap<string, ServedFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  const files = new Map<string, ServedFile>()
  let bytesRead = 0
  for (const entry of entries) {
    const type = types[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path)
    bytesRead += bytes.length
    if (files.size >= filesMax || bytesRead > bytesMax)
      throw new Error(`${folder}: more than ${filesMax} files or ${bytesMax} bytes`)
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
    const isHashed = /[-.][A-Za-z0-9_]{8,}\.\w+$/.test(entry.name)
    files.set(`/${relative(folder, path).split(sep).join('/')}`, { bytes, type, etag, isHashed })
  }
  return files
}
