import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'
import { newSecretToken } from './secret-token.ts'

/** Where the console of a running deployment is, the token with which its owner's shell asks it, and the policy file that it runs on. */
const LocalAccess = z.object({
  pid: z.number().int().positive(),
  url: z.url(),
  token: z.string().min(40),
  /** Null: it runs without one. Absent: an earlier version wrote this. */
  policy_file: z.string().nullable().optional(),
})
export type LocalAccess = z.infer<typeof LocalAccess>

const fileOf = (keys: string): string => join(keys, 'console-access.json')

/** A new token for the shell, written for the owner's eyes alone (0600); each start makes another. */
export async function announceLocalAccess(
  keys: string,
  { url, policyFile }: { url: string; policyFile: string | null },
  token = newSecretToken(),
): Promise<() => Promise<void>> {
  await mkdir(keys, { recursive: true, mode: 0o700 })
  const policy_file = policyFile === null ? null : resolve(policyFile)
  const draft = `${fileOf(keys)}.${randomUUID()}.new`
  try {
    await writeFile(draft, JSON.stringify({ pid: process.pid, url, token, policy_file }), { mode: 0o600, flag: 'wx' })
    await rename(draft, fileOf(keys))
  } finally {
    await rm(draft, { force: true })
  }
  return () => rm(fileOf(keys), { force: true })
}

/** What was announced; undefined where nothing was. The program may have been killed since. */
export async function readLocalAccess(keys: string): Promise<LocalAccess | undefined> {
  const text = await readFile(fileOf(keys), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : LocalAccess.safeParse(parsedJson(text)).data
}
