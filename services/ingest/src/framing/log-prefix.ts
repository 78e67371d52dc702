import { type ParsedJson, parseJson } from '../record/parse-record.ts'

/** How far from the last one on a line its JSON may begin, and how many braces are tried that open none: a date, a level and names need no more. */
const prefixBytesMax = 4 * 1024
const triesMax = 8

/** A JSON value on a log line, and its bytes. */
interface OnLine {
  readonly parsed: ParsedJson
  readonly bytes: Buffer
}

/**
 * The JSON of a log line behind a date, a level, the name of a pod or a syslog header: `2026-06-01T08:00:00Z INFO audit: {…}`. Senders that
 * count their bytes end no line, so that a line holds several, each behind a header of its own. `null` where no object or list reaches to
 * the end of the line, or more than `valuesMax` stand on it.
 */
export function behindLogPrefix(line: Buffer, valuesMax: number): OnLine[] | null {
  const last = line[line.length - 1]
  if (last !== 0x7d && last !== 0x5d) return null
  const found: OnLine[] = []
  let tries = 0
  let from = 1
  while (tries < triesMax && found.length < valuesMax) {
    const at = nextOpening(line, from)
    if (at < 0) return null
    const end = endOfJson(line, at)
    const bytes = line.subarray(at, Math.max(end, at))
    const parsed = end < 0 ? null : parseJson(bytes)
    if (parsed !== null && 'json' in parsed && holdsObject(parsed.json)) {
      found.push({ parsed, bytes })
      if (end === line.length) return found
      from = end
    } else {
      tries++
      from = at + 1
    }
  }
  return null
}

function nextOpening(line: Buffer, from: number): number {
  const end = Math.min(line.length, from + prefixBytesMax)
  for (let at = from; at < end; at++) if (line[at] === 0x7b || line[at] === 0x5b) return at
  return -1
}

/** Where the object or list ends that begins at `start`; -1 where it does not. */
function endOfJson(line: Buffer, start: number): number {
  let depth = 0
  let isText = false
  for (let at = start; at < line.length; at++) {
    const byte = line[at]
    if (isText) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) isText = false
    } else if (byte === 0x22) isText = true
    else if (byte === 0x7b || byte === 0x5b) depth++
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at + 1
  }
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
