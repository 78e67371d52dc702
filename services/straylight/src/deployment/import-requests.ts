import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText } from '@straylight/schemas/error-text'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'

/** Files of history that another process asks the running one to learn, since a data folder's store takes one program. */
export const ImportRequest = z.object({ files: z.array(z.string()).min(1), format: z.string().optional() })
export type ImportRequest = z.infer<typeof ImportRequest>

/** What came of it. */
export const ImportAnswer = z.union([
  z.object({
    events: z.number(),
    repeats: z.number(),
    rejected: z.number(),
    agents: z.number(),
    version: z.number(),
    shared_only: z.number(),
    /** Agents whose names look like registered ones, in sentences; the first twenty. */
    lookalikes: z.array(z.string()).default([]),
    /** What else whoever vouches for the files should look at, in sentences. */
    notes: z.array(z.string()).default([]),
  }),
  z.object({ failure: z.string() }),
])
export type ImportAnswer = z.infer<typeof ImportAnswer>

/** How often either side looks. */
const lookEveryMs = 500

const folderOf = (data: string) => join(data, 'imports')

/** Asks the running program, and waits for its answer. `id`: not in use. */
export async function askToImport(
  data: string,
  { id, request, stillRuns }: { id: string; request: ImportRequest; stillRuns: () => Promise<boolean> },
): Promise<ImportAnswer> {
  const folder = folderOf(data)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [asked, answered] = [join(folder, `${id}.request.json`), join(folder, `${id}.answer.json`)]
  await writeWhole(asked, request)
  for (;;) {
    const answer = ImportAnswer.safeParse(parsedJson(await readFile(answered, 'utf8').catch(() => ''))).data
    if (answer !== undefined) {
      await rm(answered, { force: true })
      return answer
    }
    if (!(await stillRuns())) {
      await rm(asked, { force: true })
      return { failure: 'The running program ended before it had learnt the files. Say it again.' }
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

/**
 * Answers such requests, one after the other, until it is stopped. What was asked before this start is thrown away: whoever asked has been
 * answered by the end of the program. `learn` throws what shall be the answer's failure.
 */
export async function answerImports(
  data: string,
  learn: (request: ImportRequest) => Promise<ImportAnswer>,
): Promise<() => Promise<void>> {
  const folder = folderOf(data)
  await rm(folder, { recursive: true, force: true })
  let stopped = false
  let wake: () => void = () => undefined
  const loop = async (): Promise<void> => {
    while (!stopped) {
      for (const name of await readdir(folder).catch(() => [])) {
        if (!name.endsWith('.request.json')) continue
        const answer = await answerOf(join(folder, name), learn)
        await writeWhole(join(folder, name.replace('.request.', '.answer.')), answer)
        await rm(join(folder, name), { force: true })
      }
      if (stopped) return
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, lookEveryMs).unref()
      })
    }
  }
  const running = loop()
  return async () => {
    stopped = true
    wake()
    await running
  }
}

async function answerOf(path: string, learn: (request: ImportRequest) => Promise<ImportAnswer>): Promise<ImportAnswer> {
  try {
    return await learn(ImportRequest.parse(parsedJson(await readFile(path, 'utf8'))))
  } catch (error) {
    return { failure: errorText(error) }
  }
}

/** Whoever looks meanwhile sees all of it or nothing. */
async function writeWhole(path: string, value: object): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 })
  await rename(`${path}.new`, path)
}
