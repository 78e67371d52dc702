import { z } from 'zod'
import { settingParts } from './setting-parts.ts'

/** A setting that stops the start: every variable that is wrong, one a line, and what was expected. */
export class BadSettings extends Error {
  override name = 'BadSettings'
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the settings that a process needs: each caller names its parts (`settingParts.data.extend(…)`), so nothing
 * asks for what it does not use. An empty variable counts as unset. The only place that reads the environment.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  parts: z.ZodObject<Shape>,
  environment: Environment = process.env,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const result = parts.safeParse(given)
  if (result.success) return result.data
  throw new BadSettings(result.error.issues.map((issue) => sentence(issue, parts, given)).join('\n'))
}

/** All settings of the program in one object, for the command line. */
export const AllSettings = z
  .object({})
  .extend(settingParts.folder.shape)
  .extend(settingParts.operation.shape)
  .extend(settingParts.pipeline.shape)
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
 * Threads that libuv lends to chDB, LMDB and the file system. Node reads it once, before any code of ours runs, so it
 * stands in `services/straylight/engine.env`; with the default of 4, a few waiting queries block every file read.
 */
export function threadPoolSize(environment: Environment = process.env): number {
  return Number(environment.UV_THREADPOOL_SIZE ?? 4)
}

/** Whether a setting must never be printed. */
export function isSecret(setting: z.ZodType): boolean {
  return setting.meta()?.secret === true
}

function sentence(issue: z.core.$ZodIssue, parts: z.ZodObject, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0] ?? '')
  if (name === '') return issue.message
  const setting: unknown = parts.shape[name]
  const secret = setting instanceof z.ZodType && isSecret(setting)
  const found = given[name] === undefined ? 'is not set' : secret ? 'is wrong' : `is "${given[name]}"`
  return `${name} ${found}: ${issue.message}`
}
