import { StraylightError } from '@straylight/schemas/straylight-error'
import { z } from 'zod'
import { openSecretFiles, readSecretFiles } from './read-secret-files.ts'
import { fileSettingOf, isSecret } from './secret-setting.ts'
import { settingParts } from './setting-parts.ts'

/** A setting that stops the start: every variable that is wrong, one a line, and what was expected. */
export class BadSettings extends StraylightError {
  override readonly name = 'BadSettings'
  override readonly code = 'bad_settings'
  override readonly exit_code = 2
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the settings that a process needs: each caller names its parts (`settingParts.data.extend(…)`), so nothing
 * asks for what it does not use. An empty variable counts as unset. A secret may stand in a file that NAME_FILE names.
 * The only place that reads the environment.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  parts: z.ZodObject<Shape>,
  environment: Environment = process.env,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const { values, faults } = readSecretFiles(parts, given)
  const result = parts.safeParse(values)
  if (result.success && faults.length === 0) return result.data
  const wrong = result.success ? [] : result.error.issues.map((issue) => sentence(issue, parts, { given, values }))
  throw new BadSettings([...faults, ...wrong].join('\n'))
}

/** All settings of the program in one object, for the command line. */
export const AllSettings = z
  .object({})
  .extend(settingParts.folder.shape)
  .extend(settingParts.operation.shape)
  .extend(settingParts.pipeline.shape)
  .extend(settingParts.endpoint.shape)
  .extend(settingParts.people.shape)
  .extend(settingParts.kafka.shape)
  .extend(settingParts.clickhouse.shape)
export type AllSettings = z.infer<typeof AllSettings>

/** Variables that look like ours and are none: a misspelt name would otherwise be ignored without a word. */
export function unknownSettings(environment: Environment = process.env): string[] {
  const known = new Set(Object.keys(AllSettings.shape))
  return Object.keys(environment)
    .filter((name) => name.startsWith('STRAYLIGHT_') && !known.has(name))
    .sort()
}

/**
 * Threads that libuv lends to chDB, LMDB and the file system. Node reads it once, at the first use, so the
 * command sets it first of all (`services/straylight/bin`); with the default of 4, a few waiting queries block every file read.
 */
export function threadPoolSize(environment: Environment = process.env): number {
  return Number(environment.UV_THREADPOOL_SIZE ?? 4)
}

/** Files with secrets that others on this machine can read or change, one sentence each. */
export function secretFilesOpenToOthers(environment: Environment = process.env): string[] {
  return openSecretFiles(AllSettings, environment)
}

function sentence(
  issue: z.core.$ZodIssue,
  parts: z.ZodObject,
  { given, values }: { given: Environment; values: Environment },
): string {
  const name = String(issue.path[0] ?? '')
  if (name === '') return issue.message
  const setting: unknown = parts.shape[name]
  const secret = setting instanceof z.ZodType && isSecret(setting)
  const inFile = secret && given[name] === undefined && values[name] !== undefined
  const found = values[name] === undefined ? 'is not set' : secret ? 'is wrong' : `is "${shown(values[name])}"`
  return `${name} ${found}${inFile ? ` in ${given[fileSettingOf(name)]}` : ''}: ${issue.message}`
}

/** A value as people may see it: names, passwords and queries of addresses may be secrets that stand in the wrong place. */
function shown(value: string | undefined): string {
  return (value ?? '').replace(/[^\s,/]*@/g, '[hidden]@').replace(/\?.*$/s, '?[hidden]')
}
