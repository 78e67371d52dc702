import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parsedJson } from '@straylight/schemas/parsed-json'

/**
 * Holds `folder` for this process until the returned function is called or the process dies. A process is distinguished from a
 * later one with the same number by its start (Linux), so a container that restarts as process 1 is not locked out.
 * Guards processes of one machine; over a network file system nothing does.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'lock')
  const own = JSON.stringify({ pid: process.pid, start: await processStart(process.pid), nonce: nextNonce() })
  const draft = `${file}.${process.pid}.${nextNonce()}`
  await writeFile(draft, own, { mode: 0o600 })
  try {
    // A few rounds: each either takes the lock, or removes one dead holder's.
    for (let round = 0; round < 5; round += 1) {
      if (await linked(draft, file)) return () => release(file, own)
      await removeIfDead(file)
    }
  } finally {
    await rm(draft, { force: true })
  }
  throw new Error(`${file} is being taken over by several programs at once. Start one of them.`)
}

let nonces = 0
function nextNonce(): string {
  nonces += 1
  return `${nonces}`
}

async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function removeIfDead(file: string): Promise<void> {
  const held = await readFile(file, 'utf8').catch(() => undefined)
  if (held === undefined) return
  const holder = parseHolder(held)
  if (holder !== undefined && (await lives(holder))) {
    throw new Error(
      `${file.slice(0, -'/lock'.length)} is in use by process ${holder.pid}. Stop it, or set STRAYLIGHT_DATA to another folder.`,
    )
  }
  // Someone else may have taken the dead lock over between reading and here: then what is moved is theirs, and goes back.
  const aside = `${file}.dead.${process.pid}`
  await rename(file, aside).catch(() => undefined)
  const moved = await readFile(aside, 'utf8').catch(() => held)
  if (moved !== held) await link(aside, file).catch(() => undefined)
  await rm(aside, { force: true })
}

interface Holder {
  pid: number
  start: string
}

function parseHolder(text: string): Holder | undefined {
  // Half a file can't come from `link`; whoever wrote what is not JSON is not a program of ours.
  const value = parsedJson(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, start } = value as Partial<Holder>
  return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined
}

async function lives(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return (await processStart(holder.pid)) === holder.start
}

/** Clock ticks since boot at which a process began and the boot's id (proc(5), field 22); 'unknown' off Linux. */
async function processStart(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    // The name of the program stands in brackets and may hold blanks: fields count from behind it.
    return `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}@${boot.trim()}`
  } catch {
    return 'unknown'
  }
}

async function release(file: string, own: string): Promise<void> {
  const held = await readFile(file, 'utf8').catch(() => undefined)
  if (held === own) await rm(file, { force: true })
}
