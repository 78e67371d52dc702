import { type ParsedJson, parseJson } from '../record/parse-record.ts'

/** How far into a line its JSON may begin, and how many braces are tried: a date, a level and names need no more. */
const prefixBytesMax = 4 * 1024
const triesMax = 8

/**
 * The JSON at the end of a log line behind a date, a level, the name of a pod or a syslog header: `2026-06-01T08:00:00Z INFO audit: {…}`.
 * `null` where no object or list reaches to the end of the line.
 */
export function behindLogPrefix(line: Buffer): { parsed: ParsedJson; bytes: Buffer } | null {
  let at = 0
  for (let tries = 0; tries < triesMax; tries++) {
    at = nextOpening(line, at + 1)
    if (at < 0) return null
    const bytes = line.subarray(at)
    const last = bytes[bytes.length - 1]
    if (last !== 0x7d && last !== 0x5d) return null
    const parsed = parseJson(bytes)
    if ('json' in parsed && holdsObject(parsed.json)) return { parsed, bytes }
  }
  return null
}

function nextOpening(line: Buffer, from: number): number {
  const end = Math.min(line.length, prefixBytesMax)
  for (let at = from; at < end; at++) if (line[at] === 0x7b || line[at] === 0x5b) return at
  return -1
}

/** `[12]` at the end of a line is a process id. */
const holdsObject = (json: unknown): boolean =>
  Array.isArray(json) ? json.length > 0 && json.every((item) => typeof item === 'object' && item !== null) : true

/** Time, stream and whether the line is whole: what containerd and CRI-O write before a line. */
const runtimePrefix = /^\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] /

/** The line behind the prefix of a container's runtime; `null` where there is none. */
export function behindRuntimePrefix(line: Buffer): Buffer | null {
  const [prefix] = runtimePrefix.exec(line.toString('latin1', 0, 64)) ?? []
  return prefix === undefined ? null : line.subarray(prefix.length)
}
