import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second, on every machine that Node runs on. */
const tickMs = 10

/**
 * Milliseconds of processor that a process and those that it started have used so far (Linux; elsewhere 0). What else the
 * machine does hardly changes it, so it says what an event costs where a rate would say how busy the machine was.
 */
export function processorTime(pid: number): number {
  const all = everyProcess()
  let ms = 0
  for (const open = [pid]; open.length > 0; ) {
    const next = open.pop()
    ms += all.get(next ?? 0)?.ms ?? 0
    for (const [child, { parent }] of all) if (parent === next) open.push(child)
  }
  return ms
}

function everyProcess(): Map<number, { parent: number; ms: number }> {
  const found = new Map<number, { parent: number; ms: number }>()
  for (const name of listing()) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const line = statOf(pid)
    // The program's name stands in brackets and may hold anything: what is counted comes after the last of them.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    if (fields.length > 12)
      found.set(pid, { parent: Number(fields[1]), ms: tickMs * (Number(fields[11]) + Number(fields[12])) })
  }
  return found
}

function listing(): string[] {
  try {
    return readdirSync('/proc')
  } catch {
    return []
  }
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended meanwhile.
    return ''
  }
}
