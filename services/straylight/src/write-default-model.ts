import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import { elsewhere } from '@straylight/models/scoring/calibration'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { Registry } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { syntheticHistory } from '@straylight/train/synthetic-history'
import { trainModel } from '@straylight/train/train-model'
import { defaultArtifactPath } from './deployment/read-artifact.ts'

/** Seed of the artifact that ships. */
const seed = 20_261

/** `npm run default-model`: makes `models/artifacts/default.json` again, byte for byte, from a made-up quiet past. */
export async function defaultModel(onProgress: (sentence: string) => void): Promise<ModelArtifact> {
  await openTensorBackend('wasm')
  const history = syntheticHistory(seed)
  const registry = Registry.parse({ version: 1, agents: history.agents })
  const known = createAgentRegistry(registry)
  const events = history.events.map((native, offset) => {
    const { events: drafts } = readRecord(
      Buffer.from(JSON.stringify(native)),
      {},
      { registry: known, tenant: 'default', time_max: null },
    )
    return { ...drafts[0]?.event, position: { topic: 'history', partition: 0, offset, index: 0 } } as AgentEvent
  })
  const trained = await trainModel(events, {
    seed,
    name: 'default',
    command: 'npm run default-model',
    registry: registry.agents,
    onProgress,
  })
  const { calibration, without_provenance } = trained
  return {
    ...trained,
    calibration: elsewhere(calibration),
    without_provenance: without_provenance && {
      ...without_provenance,
      calibration: elsewhere(without_provenance.calibration),
    },
  }
}

if (process.argv[1] === import.meta.filename) {
  const model = await defaultModel((sentence) => process.stderr.write(`${sentence}\n`))
  await mkdir(dirname(defaultArtifactPath), { recursive: true })
  await writeFile(defaultArtifactPath, `${JSON.stringify(model, null, 1)}\n`)
  process.stderr.write(
    `Wrote ${defaultArtifactPath}: ${counted(model.origin.sessions, 'session')} of ${counted(model.origin.agents, 'agent')}\n`,
  )
}
