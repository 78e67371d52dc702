import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatedApartWatch } from '@straylight/ingest/files/dated-apart'
import type { Formats } from '@straylight/ingest/formats/create-formats'
import { openFormats } from '@straylight/ingest/mappings/read-mappings'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { passingHashers } from '@straylight/ingest/record/content-hashers'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { settingParts } from '@straylight/runtime/settings/setting-parts'
import type { Registry } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import { storedHistory } from '@straylight/train/stored-history'
import { trainModel } from '@straylight/train/train-model'
import { openDeploymentStore } from '../deployment/open-deployment.ts'
import { artifactFile } from '../deployment/read-artifact.ts'
import { readRegistry } from '../deployment/read-registry.ts'
import { readHistory } from '../replay/read-history.ts'
import { sayDatedApart } from '../replay/say-dated-apart.ts'
import type { CommandOutput } from './command.ts'

export interface TrainCommandOptions {
  readonly history?: string[]
  readonly out: string
  readonly registry?: string
  readonly format?: string
  readonly seed: number
  readonly name: string
  readonly strict?: true
}

/** `straylight train`: a model artifact from files, or from what the store holds. */
export async function train(output: CommandOutput, options: TrainCommandOptions): Promise<number> {
  const started = performance.now()
  const settings = readSettings(settingParts.pipeline)
  const formats = { ...(await openFormats(settings.STRAYLIGHT_MAPPINGS)), hasherFor: passingHashers }
  const registry = await readRegistry(options.registry ?? settings.STRAYLIGHT_REGISTRY)
  const backend = await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
  const { events, rejected } = await historyOf(output, options, {
    registry,
    formats,
    tenant: settings.STRAYLIGHT_TENANT,
  })
  const model = await trainModel(events, {
    seed: options.seed,
    name: options.name,
    command: `straylight train --history ${options.history === undefined ? '(store)' : '(files)'} --seed ${options.seed}`,
    registry: registry.agents,
    onProgress: (sentence) => output.say(`  ${sentence}`),
  })
  await mkdir(options.out, { recursive: true })
  const path = join(options.out, artifactFile)
  await writeFile(path, `${JSON.stringify(model, null, 1)}\n`)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  const { agents, sessions } = model.origin
  output.say(
    `Wrote ${path}: ${counted(events.length, 'event')}, ${counted(sessions, 'session')}, ${counted(agents, 'agent')}, ${seconds} s on ${backend.name}.`,
  )
  output.result({
    model: path,
    events: events.length,
    rejected,
    sessions,
    agents,
    network: model.net !== null,
    seconds,
  })
  return 0
}

async function historyOf(
  output: CommandOutput,
  options: TrainCommandOptions,
  { registry, formats, tenant }: { registry: Registry; formats: Formats; tenant: string | undefined },
): Promise<{ events: AgentEvent[]; rejected: number }> {
  const events: AgentEvent[] = []
  let rejected = 0
  if (options.history === undefined) {
    const store = await openDeploymentStore(readSettings(AllSettings), { existing: true })
    try {
      const { history_required } = await readPolicy(readSettings(AllSettings).STRAYLIGHT_POLICY)
      return { events: await storedHistory(store, history_required), rejected }
    } finally {
      await store.close()
    }
  }
  const datedApart = new DatedApartWatch()
  const read = readHistory(options.history, {
    datedApart,
    registry: createAgentRegistry(registry),
    tenant,
    formats,
    format: options.format,
    strict: options.strict === true,
    onRejected: ({ file, line, reason }) => {
      rejected++
      if (rejected <= rejectionsSaid) output.say(`  rejected ${file}, line ${line}: ${reason}`)
    },
  })
  for await (const event of read) events.push(event)
  sayDatedApart(output, datedApart.found())
  if (rejected > rejectionsSaid) output.say(`  … and ${rejected - rejectionsSaid} more rejected`)
  return { events, rejected }
}

/** Rejections reported one by one; the rest as a number. */
const rejectionsSaid = 20
