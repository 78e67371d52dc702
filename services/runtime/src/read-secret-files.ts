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
    else faults.push(`${fileName} ${nameOf(path)}: ${read.expected}`)
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
    const mode = statSync(path, { throwIfNoEntry: false })?.mode
    if (mode === undefined || (mode & 0o027) === 0) return []
    return [`${name} ${nameOf(path)}, which others on this machine can read or change: chmod 600 ${path}`]
  })
}

function secretIn(path: string): { text: string } | { expected: string } {
  try {
    const { size } = statSync(path)
    if (size > bytesMax) return { expected: `expected a file of at most ${bytesMax} bytes` }
    // Editors and `echo` end a line; nobody means that as part of a password.
    const text = readFileSync(path, 'utf8').replace(/[\r\n]+$/, '')
    if (text === '') return { expected: 'expected a file that is not empty' }
    return /[\r\n\0]/.test(text) ? { expected: 'expected a file with one line' } : { text }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return { expected: `expected a file that can be read${code}` }
  }
}

/** Where a setting points. Somebody may have put the secret itself where its file belongs, so only a path is shown. */
function nameOf(path: string): string {
  return /^(\/|\.{1,2}\/|[A-Za-z]:\\)/.test(path)
    ? `is "${path}"`
    : 'is not shown, since it may be the secret itself (write the path from / or ./ on)'
}
