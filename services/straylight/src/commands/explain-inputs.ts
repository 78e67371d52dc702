import { readFiles } from '@straylight/ingest/files/read-files'
import { openRecord } from '@straylight/ingest/framing/open-record'
import { openFormats } from '@straylight/ingest/mappings/read-mappings'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { passingHashers } from '@straylight/ingest/record/content-hashers'
import { filledFields } from '@straylight/ingest/record/filled-fields'
import { type ReadDraft, readValues } from '@straylight/ingest/record/read-record'
import { latestTime } from '@straylight/ingest/record/sender'
import { featuresOfFields } from '@straylight/models/features/features-of-fields'
import { readSettings } from '@straylight/runtime/settings/config'
import { settingParts } from '@straylight/runtime/settings/setting-parts'
import { counted } from '@straylight/schemas/counted'
import { readRegistry } from '../deployment/read-registry.ts'
import { standardInput } from '../standard-input.ts'
import type { CommandOutput } from './command.ts'

export interface ExplainInputsOptions {
  readonly registry?: string
  readonly format?: string
}

/** Lines that are read alike, and the first of them. */
interface InputKind {
  readonly file: string
  readonly line: number
  count: number
  readonly framing: readonly string[]
  readonly format: string | null
  readonly outcome: 'event' | 'rejected' | 'passed over'
  /** Why it was rejected, or as what it is passed over. */
  readonly reason?: string
  readonly code?: string
  readonly agent?: string
  readonly registered?: boolean
  readonly fields?: readonly string[]
  readonly features?: ReturnType<typeof featuresOfFields>
}

/** Kinds that are listed; beyond them lines only count. */
const kindsMax = 200

/** `straylight inputs explain LOG`: what reads each kind of line, which fields it fills, which features that switches on, or why it is rejected. */
export async function explainInputs(
  output: CommandOutput,
  options: ExplainInputsOptions,
  files: readonly string[],
): Promise<number> {
  const settings = readSettings(settingParts.pipeline)
  const formats = { ...(await openFormats(settings.STRAYLIGHT_MAPPINGS)), hasherFor: passingHashers }
  const registry = createAgentRegistry(await readRegistry(options.registry ?? settings.STRAYLIGHT_REGISTRY))
  const context = { registry, tenant: settings.STRAYLIGHT_TENANT, time_max: latestTime(Date.now), formats }
  const kinds = new Map<string, InputKind>()
  const counts = { inputs: 0, events: 0, rejected: 0, passed_over: 0, kinds_left_out: 0 }
  const reading = { registry, tenant: context.tenant, format: options.format, stdin: standardInput, formats }
  for await (const { value, headers, framing = [], file, line } of readFiles(files, reading)) {
    const found = openRecord(value, headers, formats)
    for (const draft of readValues(value, headers, context)) {
      const one = 'fault' in found ? undefined : found[draft.index]
      const format = one?.kind === 'value' ? one.format.name : null
      const kind: InputKind = {
        file,
        line,
        count: 1,
        framing: [...framing, ...(one?.framing ?? [])],
        format,
        ...outcomeOf(draft),
      }
      count(counts, kind)
      const { agent: _agent, line: _line, count: _count, ...alike } = kind
      const key = JSON.stringify(alike)
      const known = kinds.get(key)
      if (known !== undefined) known.count++
      else if (kinds.size < kindsMax) kinds.set(key, kind)
      else counts.kinds_left_out++
    }
  }
  for (const kind of kinds.values()) for (const text of linesOf(kind)) output.say(text)
  const { inputs, events, rejected, passed_over } = counts
  output.say(
    `${counted(inputs, 'input')}: ${counted(events, 'event')}, ${rejected} rejected, ${passed_over} passed over.`,
  )
  output.result({ ...counts, kinds: [...kinds.values()] })
  return inputs > 0 && rejected === inputs ? 1 : 0
}

function outcomeOf(draft: ReadDraft): Pick<InputKind, 'outcome'> & Partial<InputKind> {
  if ('passed_over' in draft) return { outcome: 'passed over', reason: draft.passed_over }
  if (!('event' in draft)) return { outcome: 'rejected', code: draft.code, reason: draft.reason }
  const fields = filledFields(draft.event)
  const { agent, registered } = draft.event
  return { outcome: 'event', agent, registered, fields, features: featuresOfFields(new Set(fields)) }
}

function count(
  counts: { inputs: number; events: number; rejected: number; passed_over: number },
  { outcome }: InputKind,
) {
  counts.inputs++
  if (outcome === 'event') counts.events++
  else if (outcome === 'rejected') counts.rejected++
  else counts.passed_over++
}

function linesOf({
  file,
  line,
  count,
  framing,
  format,
  outcome,
  reason,
  agent,
  registered,
  fields,
  features,
}: InputKind) {
  const place = `${file === '-' ? 'standard input' : file}, line ${line}${count === 1 ? '' : ` and ${count - 1} like it`}`
  const by = [...framing, ...(format === null ? [] : [format])].join(' > ') || 'no format'
  if (fields === undefined || features === undefined) return [`${place}: ${outcome} (${by}): ${reason ?? ''}`]
  const { on, in_part, off } = features
  return [
    `${place}: an event (${by}) of ${agent}${registered ? '' : ', whom the registry does not know'}`,
    `    fills ${fields.join(', ')}`,
    `    ${counted(on.length, 'feature')} on${in_part.length === 0 ? '' : `, ${in_part.length} in part (${in_part.join(', ')})`}`,
    ...(off.length === 0 ? [] : [`    off: ${off.join(', ')}`]),
  ]
}
