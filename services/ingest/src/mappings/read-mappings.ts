import { readYamlFile } from '@straylight/runtime/settings/yaml-file'
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

/** Reads a mapping file. Throws `BadFile` or `BadMapping` with file, line and what is wrong. */
export async function readMappings(path: string): Promise<readonly Mapping[]> {
  const { mappings } = await readYamlFile(path, mappingFileSchema(selectorFault))
  const names = new Set(allFormats.map(({ name }) => name))
  for (const { name } of mappings) {
    if (names.has(name))
      throw new BadMapping(`${path}: the mapping "${name}" has the name of another format. Give it one of its own.`)
    names.add(name)
  }
  return mappings
}

/**
 * What a deployment reads: the formats that are built in, and those of its mapping file behind them. A mapping whose tests fail reads nothing:
 * throws `BadMapping`.
 */
export async function openFormats(path: string | undefined): Promise<Formats> {
  const mappings = path === undefined ? [] : await readMappings(path)
  const formats = createFormats({ mapped: mappings.map(mappingFormat) })
  const failed = mappings.flatMap((mapping) =>
    failedTests(mapping, formats).map((fault) => `${path}: ${mapping.name}: ${fault}`),
  )
  if (failed.length > 0) throw new BadMapping(failed.join('\n'))
  return formats
}
