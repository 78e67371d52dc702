import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const services = fileURLToPath(new URL('../../services/', import.meta.url))

/** A query or statement as a value: its name, then its SQL. */
const stated = /\bname: (['`])([^'`$]+)\1,\s*(?:\/\/[^\n]*\s*)*sql\b/g

/** Names of all queries and statements in the services' sources, but the steps of migrations, which a new store runs. */
export async function statedQueries(): Promise<string[]> {
  const names = new Set<string>()
  for (const file of await readdir(services, { recursive: true })) {
    if (!/\/src\/.+\.ts$/.test(file) || file.endsWith('.test.ts') || file.includes('node_modules')) continue
    const text = await readFile(join(services, file), 'utf8')
    for (const [, , name = ''] of text.matchAll(stated)) names.add(name)
  }
  return [...names].sort()
}
