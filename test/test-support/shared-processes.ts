import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * A file that sets up or changes what others of its process would share: hooks outside of any suite run around every test there is, and the
 * environment, the exit code, the folder and the clock are one for all.
 */
const needsOwn =
  /^(?:before|after|beforeEach|afterEach)\(|process\.(?:env\b|exitCode|chdir|umask|stdout|stderr|on\()|mock\.|setFlagsFromString|globalThis/m

/**
 * Starting Node with the packages of a test costs a second or two of processor, more than most files' tests. So small files of one package share
 * a process: each group becomes a file below `folder` that imports them, one after the other. Those of `test/` start programs and stay alone, as
 * those in `alone` do. Returns what is to be run in place of `files`, which are relative to `root`.
 */
export async function sharedProcesses(
  files: readonly string[],
  { root, folder, alone }: { root: string; folder: string; alone: readonly string[] },
): Promise<string[]> {
  const own: string[] = []
  const groups = new Map<string, string[]>()
  for (const file of files) {
    const text = await readFile(join(root, file), 'utf8')
    if (file.startsWith('test/') || alone.includes(file) || needsOwn.test(text)) own.push(file)
    else groups.set(packageOf(file), [...(groups.get(packageOf(file)) ?? []), file])
  }
  await mkdir(folder, { recursive: true })
  const shared: string[] = []
  for (const [name, of] of groups) {
    const path = join(folder, `${name.replaceAll('/', '-')}.mjs`)
    await writeFile(path, of.map((file) => `import '${pathToFileURL(join(root, file)).href}'\n`).join(''))
    shared.push(path)
  }
  return [...shared, ...own]
}

/** The folder of the package that a file is of. */
const packageOf = (file: string): string => file.slice(0, file.indexOf('/src/'))
