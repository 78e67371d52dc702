import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { openDataFolder } from '@straylight/runtime/process/data-folder'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { counted } from '@straylight/schemas/counted'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { deploymentBaseline } from '../deployment/deployment-baseline.ts'
import { readDeploymentFiles } from '../deployment/deployment-files.ts'
import { deploymentFormats } from '../deployment/deployment-formats.ts'
import { HistoryLookalikes } from '../deployment/history-lookalikes.ts'
import { HistoryNotes } from '../deployment/history-notes.ts'
import { askToImport, type ImportAnswer, type ImportRequest } from '../deployment/import-requests.ts'
import { learnFiles } from '../deployment/learn-files.ts'
import { commandLogger, openDeploymentLog, openDeploymentStore } from '../deployment/open-deployment.ts'
import { findRunning } from '../deployment/running-program.ts'
import { programVersion } from '../program-version.ts'
import { readHistory } from '../replay/read-history.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface ImportCommandOptions {
  readonly vetted?: true
  readonly format?: string
}

type Learnt = Exclude<ImportAnswer, { failure: string }>

/** `straylight import`: old logs become history of a deployment, running or not, as one knowledge version. */
export async function importFiles(
  output: CommandOutput,
  { vetted, format }: ImportCommandOptions,
  operands: readonly string[],
): Promise<number> {
  if (operands.includes('-'))
    throw new WrongUsage('import reads its files by name, since a running deployment reads them itself')
  const settings = readSettings(AllSettings)
  const files = operands.map((file) => resolve(file))
  const request: ImportRequest = { files, ...(format === undefined ? {} : { format }) }
  const deployment = await readDeploymentFiles(settings)
  const { STRAYLIGHT_TENANT: tenant } = settings
  if (vetted !== true)
    return look(output, request, new HistoryLookalikes(deployment.registry), {
      registry: createAgentRegistry(deployment.registry),
      tenant,
      formats: deployment.formats,
    })
  const isEmbedded = settings.CLICKHOUSE_URL === undefined
  const runs = isEmbedded && (await findRunning(settings.STRAYLIGHT_DATA)) !== undefined
  const learnt = runs ? await learnThere(settings, request) : await learnHere(settings, request, deployment)
  if (learnt.rejected > 0)
    output.say(`${counted(learnt.rejected, 'record')} not read: \`straylight inputs explain\` says why.`)
  output.say(
    `Learnt ${counted(learnt.events, 'event')} of ${counted(learnt.agents, 'agent')} as history (${counted(learnt.repeats, 'repeat')}), in knowledge version ${learnt.version}.`,
  )
  if (learnt.shared_only > 0)
    output.say(
      `The oldest ${counted(learnt.shared_only, 'event')} count for peers and tenant, and in no agent's own profile.`,
    )
  for (const note of learnt.notes) output.say(note)
  sayLookalikes(output, learnt.lookalikes)
  output.result({ ...learnt })
  return learnt.events + learnt.repeats === 0 ? 1 : 0
}

/** Said when it is imported, since history is not judged and nothing else would alert of it. */
function sayLookalikes(output: CommandOutput, sentences: readonly string[]): void {
  for (const sentence of sentences)
    output.say(`${sentence}: find out who uses that name, then register it or keep its records out.`)
}

/** What the files hold, and nothing learnt: whoever imports vouches for what is in them. */
async function look(
  output: CommandOutput,
  { files, format }: ImportRequest,
  lookalikes: HistoryLookalikes,
  reading: Pick<Parameters<typeof readHistory>[1], 'registry' | 'tenant' | 'formats'>,
): Promise<number> {
  const seen = { events: 0, rejected: 0, first: Number.POSITIVE_INFINITY, last: 0 }
  const agents = new Set<string>()
  const notes = new HistoryNotes()
  const { datedApart } = notes
  const events = readHistory(files, { ...reading, format, datedApart, onRejected: () => seen.rejected++ })
  for await (const { time, tenant, agent } of notes.of(lookalikes.of(events))) {
    seen.events++
    agents.add(partitionKeyOf(tenant, agent))
    seen.first = Math.min(seen.first, time)
    seen.last = Math.max(seen.last, time)
  }
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  const span = seen.events === 0 ? '' : ` from ${day(seen.first)} to ${day(seen.last)}`
  output.say(`${counted(seen.events, 'event')} of ${counted(agents.size, 'agent')}${span}; ${seen.rejected} not read.`)
  for (const note of notes.sentences()) output.say(note)
  sayLookalikes(output, lookalikes.sentences())
  output.say(
    'Nothing was learnt: this only looked. Say --vetted to learn it, if nothing in these files was an attack: all of it becomes usual.',
  )
  output.result({
    events: seen.events,
    rejected: seen.rejected,
    agents: agents.size,
    lookalikes: lookalikes.sentences(),
    notes: notes.sentences(),
    learnt: false,
  })
  return 0
}

/** By the program that runs on this data folder. */
async function learnThere(settings: AllSettings, request: ImportRequest): Promise<Learnt> {
  const stillRuns = async () => (await findRunning(settings.STRAYLIGHT_DATA)) !== undefined
  const answer = await askToImport(settings.STRAYLIGHT_DATA, { id: randomUUID(), request, stillRuns })
  if ('failure' in answer) throw new Error(answer.failure)
  return answer
}

/** By this process: nothing runs here, or the store is a server, which takes several. */
async function learnHere(
  settings: AllSettings,
  request: ImportRequest,
  deployment: Awaited<ReturnType<typeof readDeploymentFiles>>,
): Promise<Learnt> {
  const folder = await openDataFolder({ path: settings.STRAYLIGHT_DATA, program: programVersion, now: new Date() })
  try {
    const log = await openDeploymentLog(settings, commandLogger(), { existing: true })
    try {
      const store = await openDeploymentStore(settings, { existing: true })
      try {
        await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
        const baseline = await deploymentBaseline({ ...deployment, log, store, settings, keys: folder.keys })
        return await learnFiles(baseline, settings, {
          request,
          formats: await deploymentFormats(deployment.formats, settings, folder.keys),
          ...(settings.CLICKHOUSE_URL === undefined ? {} : { beside: true }),
        })
      } finally {
        await store.close()
      }
    } finally {
      await log.close()
    }
  } finally {
    await folder.close()
  }
}
