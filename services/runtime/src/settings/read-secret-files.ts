import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { fileSettingOf, isSecret, isSecretFile } from './secret-setting.ts'

/** Variables that are set, by name. */
export type Given = Readonly<Record<string, string | undefined>>

/** What a file of a secret holds at most, in bytes: keys and passwords are short. */
const bytesMax = 65_536

/**
 * Puts what the NAME_FILE of each secret setting names in the secret's place. `faults` has one sentence for each that
 * can't be used; none of them repeats a secret.
 */
export function readSecretFiles(parts: z.ZodObject, given: Given): { values: Given; faults: string[] } {
  const values: Record<string, string | undefined> = { ...given }
  const faults: string[] = []
  for (const [name, setting] of Object.entries(parts.shape)) {
    const fileName = fileSettingOf(name)
    const path = given[fileName]
    if (path === undefined || !(setting instanceof z.ZodType) || !isSecret(setting)) continue
    if (given[name] !== undefined) {
      faults.push(`${name} and ${fileName} are both set: expected one of them`)
      continue
    }
    const read = secretIn(path)
    if ('text' in read) values[name] = read.text
    else faults.push(`${fileName} ${namedFile(path)}: ${read.expected}`)
  }
  return { values, faults }
}

/**
 * Settings whose file others can read or change, one sentence each. A group may read it: orchestrators mount secrets so,
 * and let the program into the group.
 */
export function openSecretFiles(parts: z.ZodObject, given: Given): string[] {
  return Object.entries(parts.shape).flatMap(([name, setting]) => {
    const path = given[name]
    if (path === undefined || path === '' || !(setting instanceof z.ZodType) || !isSecretFile(setting)) return []
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined || !isOpenToOthers(found.mode)) return []
    return [
      `${name} ${namedFile(path)}, which others on this machine can read or change: let the program alone read it`,
    ]
  })
}

/** Whether others than the owner and the group may read a file, or others than the owner change it. */
export const isOpenToOthers = (mode: number): boolean => (mode & 0o027) !== 0

/** Where a setting points, for a message. Somebody may have put the secret itself there, so only a path is shown. */
export function namedFile(path: string): string {
  return isPath(path)
    ? `is "${path}"`
    : 'is not shown, since it may be the secret itself (write the path from / or ./ on)'
}

/** Whether a text is a path without doubt: it begins as one, and holds nothing that a key or a token has and paths do not. */
export const isPath = (text: string): boolean => /^(\/|\.{1,2}\/|[A-Za-z]:\\)[^\r\n]*$/.test(text)

function secretIn(path: string): { text: string } | { expected: string } {
  try {
    const found = statSync(path)
    // A pipe or a device might never end.
    if (!found.isFile()) return { expected: 'expected a file, not a folder, a pipe or a device' }
    if (found.size > bytesMax) return { expected: `expected a file of at most ${bytesMax} bytes` }
    return oneLine(readFileSync(path))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return { expected: `expected a file that can be read${code}` }
  }
}

function oneLine(bytes: Buffer): { text: string } | { expected: string } {
  if (!isUtf8(bytes)) return { expected: 'expected a file of text in UTF-8' }
  // Editors begin a file with a mark and end its line; nobody means that as part of a password.
  const text = new TextDecoder().decode(bytes).replace(/[\r\n]+$/, '')
  if (text === '') return { expected: 'expected a file that is not empty' }
  return /[\r\n\0]/.test(text) ? { expected: 'expected a file with one line' } : { text }
}
