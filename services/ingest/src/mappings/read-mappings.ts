import { readYamlWithLines } from '@straylight/runtime/settings/yaml-file'
import { type Mapping, mappingFileSchema } from '@straylight/schemas/mapping'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { allFormats } from '../formats/all-formats.ts'
import { createFormats, type Formats } from '../formats/create-formats.ts'
import { mappingFormat } from './mapping-format.ts'
import { failedTests } from './mapping-tests.ts'
import { selectorFault } from './selector.ts'

/** A mapping that cannot be used, or whose own tests fail. */
export class BadMapping extends StraylightError {
  override readonly name = 'BadMapping'
  override readonly code = 'bad_mapping'
  override readonly exit_code = 2
}

/** The mappings of a file, and on which line each part of it begins. */
export interface MappingText {
  readonly path: string
  readonly mappings: readonly Mapping[]
  lineOf(place: readonly PropertyKey[]): number
}

/** Reads a mapping file. Throws `BadFile` or `BadMapping` with file, line and what is wrong. */
export async function readMappings(path: string): Promise<MappingText> {
  const { data, lineOf } = await readYamlWithLines(path, mappingFileSchema(selectorFault))
  const { mappings } = data
  const names = new Set(allFormats.map(({ name }) => name))
  for (const [at, { name }] of mappings.entries()) {
    if (names.has(name))
      throw new BadMapping(
        `${path}:${lineOf(['mappings', at, 'name'])}: the mapping "${name}" has the name of another format. Give it one of its own.`,
      )
    names.add(name)
  }
  return { path, mappings, lineOf }
}

/** The tests in a mapping file that fail, each with its line. */
export const failuresIn = ({ path, mappings, lineOf }: MappingText, formats: Formats): string[] =>
  mappings.flatMap((mapping, of) =>
    failedTests(mapping, formats).map(
      ({ at, fault }) => `${path}:${lineOf(['mappings', of, 'tests', at])}: ${mapping.name}: ${fault}`,
    ),
  )

/**
 * What a deployment reads: the formats that are built in, and those of its mapping file behind them. A mapping whose tests fail reads nothing:
 * throws `BadMapping`.
 */
export async function openFormats(path: string | undefined): Promise<Formats> {
  const text = path === undefined ? null : await readMappings(path)
  const formats = createFormats({ mapped: text?.mappings.map(mappingFormat) ?? [] })
  const failed = text === null ? [] : failuresIn(text, formats)
  if (failed.length > 0) throw new BadMapping(failed.join('\n'))
  return formats
}
