import { inTimeOrder } from '@straylight/ingest/files/in-time-order'
import { readFiles } from '@straylight/ingest/files/read-files'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { openTensorBackend, type TensorBackendChoice } from '@straylight/models/scoring/tensor-backend'
import type { Registry } from '@straylight/schemas/agent'
import { Policy } from '@straylight/schemas/policy'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { readHistory } from 'straylight/replay/read-history'
import { replayFindings } from 'straylight/replay/replay-judgements'
import { runReplay } from 'straylight/replay/replay-run'

/** What a replay came to, as the lines that `--scores` and `--findings` write. */
export interface Replayed {
  readonly scores: readonly string[]
  readonly findings: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

/** `straylight replay` in this process, over files, with the model that ships. */
export async function replayed(input: {
  files: readonly string[]
  history?: readonly string[]
  registry: Registry
  policy?: Policy
  partitions?: number
  scoreInstances?: number
  backend?: TensorBackendChoice
}): Promise<Replayed> {
  const reading = { registry: createAgentRegistry(input.registry), tenant: 'default' }
  await openTensorBackend(input.backend ?? 'wasm')
  const done = await runReplay({
    ...{ registry: input.registry, tenant: 'default', policy: input.policy ?? Policy.parse({}) },
    ...{ partitions: input.partitions ?? 1, scoreInstances: input.scoreInstances ?? 1 },
    model: await readArtifact(undefined),
    records: inTimeOrder(readFiles(input.files, reading)),
    history: readHistory(input.history ?? [], { ...reading, onRejected: ({ reason }) => assertRead(reason) }),
  })
  try {
    const scores = await done.judgements.scoreLines(done.log, done.order)
    const findings = await replayFindings(done.log, done.order)
    const text = (line: object) => JSON.stringify(line)
    return { scores: scores.map(text), findings: findings.map(text), counts: done.counts }
  } finally {
    await done.close()
  }
}

function assertRead(reason: string): never {
  throw new Error(`the test's own history can't be read: ${reason}`)
}
