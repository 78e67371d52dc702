import { readFile } from 'node:fs/promises'
import type { Policy } from '@straylight/schemas/policy'

const tokenBytesMax = 4_096

/** What a product asks for beside its address, from the policy or from the file that it names, read at this moment. */
export async function webhookToken({
  name,
  token,
  token_file: file,
}: Policy['webhooks'][number]): Promise<string | undefined> {
  if (token === undefined && file === undefined) return undefined
  const text = token ?? (await textOf(String(file), name))
  const where = `webhook ${name}: its ${token === undefined ? `token_file ${file}` : 'token'}`
  // It goes into a header: a line end in it would begin another.
  if (text.length <= tokenBytesMax && /^[\x21-\x7e]+$/.test(text)) return text
  throw new Error(`${where} does not hold a token: expected one line of letters, digits and signs, without spaces`)
}

async function textOf(file: string, name: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'
    throw new Error(`webhook ${name}: its token_file ${file} cannot be read (${why})`, { cause: error })
  })
  return text.trim()
}
