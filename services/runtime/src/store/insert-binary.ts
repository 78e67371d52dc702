import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import type { BinaryRows } from './row-binary.ts'

const format = 'RowBinaryWithNamesAndTypes'

/**
 * Inserts rows in the engine's own form. Their names and types go with them: an engine whose table is of other types refuses them.
 * chDB takes no bytes beside a statement, but reads a file: `inserted` is its path, written anew each time.
 */
export async function insertBinary(
  client: ClickHouseClient,
  table: string,
  of: { binary: BinaryRows; inserted: string | undefined; abort_signal?: AbortSignal },
): Promise<void> {
  const { binary, inserted, ...signal } = of
  const into = `INSERT INTO ${table} (${binary.columns.join(', ')})`
  if (inserted !== undefined) {
    await writeFile(inserted, binary.bytes)
    await client.command({ query: `${into} FROM INFILE ${quoted(inserted)} FORMAT ${format}`, ...signal })
    return
  }
  const values = Readable.from([binary.bytes], { objectMode: false })
  const { stream } = await client.exec({ query: `${into} FORMAT ${format}`, values, ...signal })
  for await (const _ of stream);
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
