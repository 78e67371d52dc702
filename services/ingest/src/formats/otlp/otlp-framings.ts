import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import type { Fault } from '../../record/event-draft.ts'
import { jsonKindOf } from '../../record/field-reader.ts'
import type { Framing, Inside, PassedOver } from '../format.ts'
import { readLogs } from './read-logs.ts'
import { readSpans } from './read-spans.ts'
import { relateSpans } from './relate-spans.ts'
import { sdkOutputMarks, sdkOutputOf } from './sdk-output.ts'

type Open = (groups: readonly unknown[], hasher: ValueHasher | null) => Iterable<Inside>

export const openTraces: Open = function* (groups, hasher) {
  for (const value of relateSpans(readSpans(groups), hasher)) yield { value }
}
export const openLogs: Open = readLogs

/** A document: a list of groups under its name, spelled in two ways. */
function documentFraming(name: string, marks: readonly string[], open: Open): Framing {
  return {
    name,
    marks,
    open(value, hasher) {
      const field = marks.find((mark) => mark in value) ?? name
      return openedGroups(value[field], { field, name, open: (groups) => open(groups, hasher) })
    },
  }
}

function openedGroups(
  groups: unknown,
  { field, name, open }: { field: string; name: string; open: (groups: readonly unknown[]) => Iterable<Inside> },
): readonly Inside[] | PassedOver | Fault {
  if (!Array.isArray(groups))
    return { code: 'invalid_field', reason: `${field}: must be an array, not ${jsonKindOf(groups)}`, path: field }
  const inside = [...open(groups)]
  return inside.length === 0 ? { passed_over: `empty ${name}` } : inside
}

/** One group a line, as some file exporters write. */
function groupFraming(name: string, marks: readonly string[], open: Open): Framing {
  return {
    name,
    marks,
    open(value, hasher) {
      const inside = [...open([value], hasher)]
      return inside.length === 0 ? { passed_over: `empty ${name}` } : inside
    },
  }
}

/** One span or log record, as an SDK prints it. */
const sdkOutput: Framing = {
  name: 'otel sdk output',
  marks: sdkOutputMarks,
  whole: true,
  open(value, hasher) {
    const output = sdkOutputOf(value)
    if (output === null) return null
    return [...(output.signal === 'traces' ? openTraces : openLogs)([output.group], hasher)]
  },
}

const measurements = (name: string, marks: readonly string[]): Framing => ({
  name,
  marks,
  open: () => ({ passed_over: name }),
})

/** OTLP's documents, and single groups of them. */
export const otlpFramings: readonly Framing[] = [
  documentFraming('otlp traces', ['resourceSpans', 'resource_spans'], openTraces),
  documentFraming('otlp logs', ['resourceLogs', 'resource_logs'], openLogs),
  groupFraming(
    'otlp traces',
    ['scopeSpans', 'scope_spans', 'instrumentationLibrarySpans', 'instrumentation_library_spans'],
    openTraces,
  ),
  groupFraming(
    'otlp logs',
    ['scopeLogs', 'scope_logs', 'instrumentationLibraryLogs', 'instrumentation_library_logs'],
    openLogs,
  ),
  sdkOutput,
  measurements('otlp metrics', ['resourceMetrics', 'resource_metrics', 'scopeMetrics', 'scope_metrics']),
  measurements('otlp profiles', ['resourceProfiles', 'resource_profiles', 'scopeProfiles', 'scope_profiles']),
]
