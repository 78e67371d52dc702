import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'

/** Where the program that holds a data folder listens: other commands go through it instead of opening its log. */
const RunningProgram = z.object({ pid: z.number().int().positive(), url: z.url() })
export type RunningProgram = z.infer<typeof RunningProgram>

const fileOf = (folder: string) => join(folder, 'running.json')

export async function announceRunning(folder: string, url: string): Promise<() => Promise<void>> {
  await writeFile(fileOf(folder), JSON.stringify({ pid: process.pid, url }), { mode: 0o600 })
  return () => rm(fileOf(folder), { force: true })
}

/** The program that runs on this folder; undefined where none does. A killed one leaves its file, so it is asked. */
export async function findRunning(folder: string): Promise<RunningProgram | undefined> {
  const text = await readFile(fileOf(folder), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const running = RunningProgram.safeParse(parsedJson(text)).data
  if (running === undefined) return undefined
  const lives = await fetch(`${running.url}/healthz`, { signal: AbortSignal.timeout(3000) }).then(
    (response) => response.ok,
    () => false,
  )
  return lives ? running : undefined
}
