import type { Fault } from '../../record/event-draft.ts'

const pair = /([A-Za-z_][\w.-]{0,99})=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g
const pairsMax = 100

/** The fields of a line of `name=value name="value"`, beside those that are known already; a name that stands twice is a fault, as in JSON. */
export function pairsOf(line: string, known: Readonly<Record<string, unknown>> = {}): Record<string, unknown> | Fault {
  const fields: Record<string, unknown> = Object.assign(Object.create(null), known)
  let pairs = 0
  for (const [, name, quoted, plain] of line.matchAll(pair)) {
    if (name === undefined) continue
    if (fields[name] !== undefined) return doubled(name)
    fields[name] = quoted?.replace(/\\(.)/g, '$1') ?? plain
    if (++pairs === pairsMax) break
  }
  return fields
}

const doubled = (name: string): Fault => ({
  code: 'duplicate_key',
  reason: `${name}: stands twice in one line, so that two readers may read two values`,
  path: name,
})
