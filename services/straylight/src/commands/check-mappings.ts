import { readFiles } from '@straylight/ingest/files/read-files'
import { createFormats, type Formats } from '@straylight/ingest/formats/create-formats'
import { mappingFormat } from '@straylight/ingest/mappings/mapping-format'
import { failuresIn, readMappings } from '@straylight/ingest/mappings/read-mappings'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { type ReadDraft, readValues } from '@straylight/ingest/record/read-record'
import { latestTime } from '@straylight/ingest/record/sender'
import { counted } from '@straylight/schemas/counted'
import { standardInput } from '../standard-input.ts'
import type { CommandOutput } from './command.ts'

export interface CheckMappingsOptions {
  readonly sample?: string
}

/** Lines that are shown; beyond them they only count. */
const shownMax = 100

/** `straylight inputs check FILE`: runs the tests in a mapping file and shows what each line of a log becomes. */
export async function checkMappings(
  output: CommandOutput,
  { sample }: CheckMappingsOptions,
  file: string,
): Promise<number> {
  const text = await readMappings(file)
  const { mappings } = text
  const formats = createFormats({ mapped: mappings.map(mappingFormat) })
  const failed = failuresIn(text, formats)
  for (const fault of failed) output.say(fault)
  const lines = sample === undefined ? [] : await linesOf(sample, formats)
  for (const line of lines.slice(0, shownMax)) output.say(line)
  if (lines.length > shownMax) output.say(`… and ${lines.length - shownMax} more`)
  const tests = mappings.reduce((sum, mapping) => sum + mapping.tests.length, 0)
  output.say(`${counted(mappings.length, 'mapping')}, ${counted(tests, 'test')}, ${failed.length} failed.`)
  output.result({ mappings: mappings.map(({ name }) => name), tests, failed, lines: lines.length })
  return failed.length === 0 ? 0 : 1
}

async function linesOf(sample: string, formats: Formats): Promise<string[]> {
  const context = {
    registry: createAgentRegistry({ version: 1, agents: [] }),
    tenant: 'default',
    time_max: latestTime(Date.now),
    formats,
  }
  const lines: string[] = []
  for await (const { value, headers, line } of readFiles([sample], { stdin: standardInput, formats }))
    for (const draft of readValues(value, headers, context)) lines.push(`line ${line}: ${becomes(draft)}`)
  return lines
}

function becomes(draft: ReadDraft): string {
  if ('passed_over' in draft) return `passed over: ${draft.passed_over}`
  if (!('event' in draft)) return `rejected: ${draft.reason}`
  const { content_hash: _hash, registered: _registered, time, ...event } = draft.event
  return JSON.stringify({ time: new Date(time).toISOString(), ...event })
}
