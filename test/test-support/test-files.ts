import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

const ignored = new Set(['node_modules', '.git', '.turbo', 'dist'])

/** All `src/…/*.test.ts` below a folder, as sorted relative paths; with filters, those that contain one of them. */
export async function testFiles(root: string, filters: readonly string[]): Promise<string[]> {
  const found: string[] = []
  async function walk(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !ignored.has(entry.name)) await walk(path)
      else if (entry.isFile() && entry.name.endsWith('.test.ts')) found.push(relative(root, path))
    }
  }
  await walk(root)
  const tests = found.filter((path) => path.split(sep).slice(0, -1).includes('src'))
  const wanted = (path: string) => filters.length === 0 || filters.some((filter) => path.includes(filter))
  return tests.filter(wanted).sort()
}
